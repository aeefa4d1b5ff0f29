from typing import Any, ClassVar

from django.db import migrations, models

from tenants.fleet.operations import AddIndexOnline, UniqueIndex

_RULE: dict[str, Any] = {
    "fields": ["tenant_id", "resource_prefix"],
    "condition": models.Q(resource_prefix__isnull=False),
    "name": "blueprints_prefix_unique",
}


class Migration(migrations.Migration):
    """No two blueprints of a tenant have one prefix."""

    atomic = False
    dependencies: ClassVar = [("catalog", "0003_fill_resource_prefix")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[AddIndexOnline("blueprint", UniqueIndex(**_RULE))],
            state_operations=[
                migrations.AddConstraint("blueprint", models.UniqueConstraint(**_RULE))
            ],
        ),
    ]
