from typing import ClassVar

from django.db import migrations, models

from tenants.fleet.operations import AddIndexOnline


class Migration(migrations.Migration):
    """The order in which identities are listed."""

    atomic = False
    dependencies: ClassVar = [("provisioning", "0003_identity_last_signed_in")]

    operations: ClassVar = [
        AddIndexOnline(
            "identity",
            models.Index(fields=["tenant_id", "created_at", "id"], name="identities_page_idx"),
        ),
    ]
