from typing import ClassVar

import django.db.models.deletion
from django.db import migrations

from tenants.isolation.operations import AddTenantKeys
from tenants.models.fields import TenantForeignKey


class Migration(migrations.Migration):
    """Projects can belong to a team."""

    dependencies: ClassVar = [("catalog", "0002_version_size"), ("rbac", "0008_teams_and_roles")]
    acknowledged: ClassVar = {
        "unknown-operation": "The column that the key is of is empty; the index is built over "
        "as many rows as a tenant has projects, in milliseconds.",
    }

    operations: ClassVar = [
        migrations.AddField(
            model_name="project",
            name="team",
            field=TenantForeignKey(
                "rbac.team",
                django.db.models.deletion.PROTECT,
                null=True,
                blank=True,
                related_name="projects",
                help_text="Whose members reach the project where their roles say `team`.",
            ),
        ),
        AddTenantKeys("catalog.Project", "team"),
    ]
