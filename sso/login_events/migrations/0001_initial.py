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
    """The login log."""

    initial = True
    dependencies: ClassVar = [("rbac", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="LoginEvent",
            fields=[
                *_tenant_model(),
                (
                    "provider_kind",
                    models.CharField(
                        choices=[("saml", "SAML"), ("oidc", "OpenID Connect"), ("scim", "SCIM")],
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("provider_id", models.UUIDField(editable=False)),
                ("provider_name", models.CharField(editable=False, max_length=100)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("signed_in", "Signed in"),
                            ("refused", "SamlError"),
                            ("tested", "Tested, nobody signed in"),
                        ],
                        editable=False,
                        max_length=16,
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="The rule that was broken.",
                        max_length=64,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="What exactly was wrong.",
                        max_length=2000,
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="What the provider calls the person; empty where it was not verified.",
                        max_length=1024,
                    ),
                ),
                ("address", models.GenericIPAddressField(editable=False, null=True)),
                (
                    "reference",
                    models.CharField(
                        editable=False, help_text="What the person was shown.", max_length=16
                    ),
                ),
                (
                    "document",
                    models.TextField(
                        blank=True,
                        editable=False,
                        help_text="What was sent, without signatures and what is encrypted.",
                    ),
                ),
                ("expires_at", models.DateTimeField(editable=False)),
                (
                    "user",
                    TenantForeignKey(
                        editable=False,
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "login_events",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="login_events_page_idx"
                    ),
                    models.Index(
                        fields=["tenant_id", "reference"], name="login_events_reference_idx"
                    ),
                ],
            },
        ),
        Isolate("login_events.LoginEvent"),
    ]
