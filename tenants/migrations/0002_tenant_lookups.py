from typing import ClassVar

from django.db import migrations

from tenants.database import lookups


class Migration(migrations.Migration):
    """Functions that find a tenant, with plans that PostgreSQL keeps."""

    dependencies: ClassVar = [("tenants", "0001_initial")]
    acknowledged: ClassVar = {
        "run-sql": "Makes two functions, which lock no table and which the running release ignores."
    }
    operations: ClassVar = [
        migrations.RunSQL(function.create, function.drop) for function in lookups.FUNCTIONS
    ]
