from typing import ClassVar

from django.db import migrations, models

from tenants.fleet.operations import AddIndexOnline


class Migration(migrations.Migration):
    """Lists of grants come in pages, newest first."""

    atomic = False
    dependencies: ClassVar = [("rbac", "0009_grants")]

    operations: ClassVar = [
        AddIndexOnline(
            model_name="rolegrant",
            index=models.Index(
                fields=["tenant_id", "created_at", "id"], name="user_roles_page_idx"
            ),
        )
    ]
