from typing import Any, ClassVar

from django.db import migrations, router

from tenants.database import entrance


def replace(_apps: Any, schema_editor: Any) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        schema_editor.execute(entrance.CREATE_FUNCTION, params=None)


class Migration(migrations.Migration):
    """Let nobody enter a tenant with a snapshot from before it moved.

    Undoing changes nothing: the platform never did that.
    """

    dependencies: ClassVar = [("tenants", "0011_plain_schema_names")]

    operations: ClassVar = [migrations.RunPython(replace, migrations.RunPython.noop)]
