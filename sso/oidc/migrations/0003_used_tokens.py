import uuid
from typing import ClassVar

from django.db import migrations, models

from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate


class Migration(migrations.Migration):
    """Which logout tokens were used."""

    dependencies: ClassVar = [("oidc", "0002_tokens")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="OidcUsedToken",
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
                ("expires_at", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "oidc_used_tokens",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="oidc_used_tokens_digest_unique"
                    )
                ],
            },
        ),
        Isolate("oidc.OidcUsedToken"),
    ]
