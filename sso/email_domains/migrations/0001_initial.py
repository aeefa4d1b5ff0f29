import uuid
from typing import ClassVar

from django.db import migrations, models

from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """E-mail domains, and the identity providers that they lead to."""

    initial = True
    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="EmailDomain",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "domain",
                    models.CharField(
                        help_text="What stands after the @, as DNS has it.", max_length=253
                    ),
                ),
                ("challenge", models.CharField(editable=False, max_length=64)),
                (
                    "provider_kind",
                    models.CharField(
                        blank=True,
                        choices=[("saml", "SAML"), ("oidc", "OpenID Connect"), ("scim", "SCIM")],
                        max_length=8,
                    ),
                ),
                (
                    "provider_id",
                    models.UUIDField(
                        blank=True,
                        help_text="Of its configuration; none once that was deleted.",
                        null=True,
                    ),
                ),
                (
                    "verified_at",
                    models.DateTimeField(
                        editable=False,
                        help_text="Since when DNS has proven it; it leads nobody before.",
                        null=True,
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        editable=False, help_text="When DNS was asked the last time.", null=True
                    ),
                ),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        help_text="What the last check missed.",
                        max_length=500,
                    ),
                ),
            ],
            options={
                "verbose_name": "e-mail domain",
                "db_table": "email_domains",
                "ordering": ["domain"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "domain"), name="email_domains_unique"
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="email_domains_page_idx"
                    )
                ],
            },
        ),
        Isolate("email_domains.EmailDomain"),
    ]
