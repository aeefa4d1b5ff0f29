from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Check the tenants that were there before, in a transaction that blocks nobody."""

    dependencies: ClassVar = [("tenants", "0007_plans")]

    operations: ClassVar = [
        migrations.RunSQL(
            "ALTER TABLE tenants VALIDATE CONSTRAINT tenants_plan_fk", migrations.RunSQL.noop
        ),
    ]
