import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
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
    """Who people of identity providers are here, and what they become."""

    initial = True
    dependencies: ClassVar = [("rbac", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Identity",
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
                ("subject", models.CharField(editable=False, max_length=1024)),
                ("digest", models.CharField(editable=False, max_length=64)),
                (
                    "grants",
                    ArrayField(
                        base_field=models.UUIDField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "memberships",
                    ArrayField(
                        base_field=models.UUIDField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "user",
                    TenantForeignKey(
                        editable=False,
                        on_delete=models.CASCADE,
                        related_name="identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "identities",
                "db_table": "identities",
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "provider_kind", "provider_id", "digest"),
                        name="identities_subject_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderMapping",
            fields=[
                *_tenant_model(),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "provider_kind",
                    models.CharField(
                        choices=[("saml", "SAML"), ("oidc", "OpenID Connect"), ("scim", "SCIM")],
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("provider_id", models.UUIDField(editable=False)),
                (
                    "username_attribute",
                    models.CharField(
                        blank=True,
                        help_text="Empty for the subject (of SAML, the NameID).",
                        max_length=512,
                    ),
                ),
                ("email_attribute", models.CharField(blank=True, max_length=512)),
                ("full_name_attribute", models.CharField(blank=True, max_length=512)),
                ("groups_attribute", models.CharField(blank=True, max_length=512)),
                (
                    "creates_users",
                    models.BooleanField(
                        default=True, help_text="Whether somebody new becomes a user by signing on."
                    ),
                ),
                (
                    "updates_users",
                    models.BooleanField(
                        default=True,
                        help_text="Whether names and addresses follow at each sign-on.",
                    ),
                ),
                (
                    "role_sync",
                    models.CharField(
                        choices=[
                            ("off", "Off: groups change nothing"),
                            ("add", "Add: groups give roles and teams, and take none"),
                            ("exact", "Exact: what a group gave ends with the group"),
                        ],
                        default="off",
                        max_length=8,
                    ),
                ),
                (
                    "group_roles",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Such as [{"group": "Admins", "role": "admin"}, {"group": "Web", "team": "…"}].',
                    ),
                ),
                (
                    "author",
                    TenantForeignKey(
                        editable=False,
                        help_text="Who changed it last: it gives nothing that they may not give.",
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "provider mapping",
                "db_table": "identity_provider_mappings",
                "ordering": ["created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "provider_kind", "provider_id"),
                        name="identity_provider_mappings_one",
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="provider_mappings_page_idx"
                    )
                ],
            },
        ),
        Isolate("provisioning.Identity", "provisioning.ProviderMapping"),
    ]
