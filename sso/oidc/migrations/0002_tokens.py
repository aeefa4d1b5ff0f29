import uuid
from typing import ClassVar

from django.db import migrations, models

from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


class Migration(migrations.Migration):
    """The tokens of sessions, and what providers call a session and its person."""

    dependencies: ClassVar = [("oidc", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="oidcsession",
            name="subject",
            field=models.CharField(db_default="", editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="oidcsession",
            name="sid",
            field=models.CharField(
                db_default="", editable=False, max_length=255, verbose_name="session ID"
            ),
        ),
        migrations.CreateModel(
            name="OidcTokens",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("session_id", models.UUIDField(editable=False)),
                ("tokens", models.BinaryField()),
                ("refreshed_at", models.DateTimeField(editable=False)),
                (
                    "refresh_at",
                    models.DateTimeField(
                        editable=False,
                        help_text="When to refresh them; never without a refresh token.",
                        null=True,
                    ),
                ),
                (
                    "claimed_until",
                    models.DateTimeField(
                        editable=False,
                        help_text="Until when a worker alone may use them.",
                        null=True,
                    ),
                ),
                (
                    "configuration",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="tokens",
                        to="oidc.oidcconfiguration",
                    ),
                ),
            ],
            options={
                "db_table": "oidc_tokens",
                "indexes": [
                    models.Index(fields=["tenant_id", "refresh_at"], name="oidc_tokens_refresh_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "session_id"), name="oidc_tokens_session_unique"
                    )
                ],
            },
        ),
        Isolate("oidc.OidcTokens"),
    ]
