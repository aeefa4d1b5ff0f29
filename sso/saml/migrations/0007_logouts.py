import uuid
from typing import ClassVar

from django.db import migrations, models

from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


class Migration(migrations.Migration):
    """Which logouts identity providers asked for, so that no older assertion is taken."""

    dependencies: ClassVar = [("saml", "0006_dropped_certificates")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SamlLogout",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("issued_at", models.DateTimeField(editable=False)),
                ("expires_at", models.DateTimeField(editable=False)),
                (
                    "configuration",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="logouts",
                        to="saml.samlconfiguration",
                    ),
                ),
            ],
            options={
                "db_table": "saml_logouts",
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "configuration", "digest"],
                        name="saml_logouts_digest_idx",
                    )
                ],
            },
        ),
        Isolate("saml.SamlLogout"),
    ]
