import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import migrations, models

from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


def _tenant_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``TenantModel``."""
    return [
        (
            "id",
            models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
        ),
        ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
    ]


class Migration(migrations.Migration):
    """Sessions, under the hashes of their secrets."""

    initial = True
    dependencies: ClassVar = [("rbac", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Session",
            fields=[
                *_tenant_model(),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("data", models.TextField(editable=False)),
                ("expires_at", models.DateTimeField(editable=False)),
                (
                    "user",
                    TenantForeignKey(
                        editable=False,
                        help_text="Who has signed in; nobody yet where a visitor was shown a message.",
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(
                        auto_now_add=True, help_text="When it was last used, to some minutes."
                    ),
                ),
                (
                    "address",
                    models.GenericIPAddressField(
                        editable=False, help_text="Where it was last used from.", null=True
                    ),
                ),
                (
                    "user_agent",
                    models.CharField(
                        editable=False, help_text="What the browser calls itself.", max_length=300
                    ),
                ),
            ],
            options={
                "db_table": "sessions",
                "ordering": ["-last_seen_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="sessions_digest_unique"
                    )
                ],
            },
        ),
        Isolate("sign_in.Session"),
    ]
