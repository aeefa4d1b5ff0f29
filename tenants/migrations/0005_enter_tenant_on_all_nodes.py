from typing import Any, ClassVar

from django.db import migrations, router

from tenants.database import entrance


def replace(_apps: Any, schema_editor: Any) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        schema_editor.execute(entrance.CREATE_FUNCTION, params=None)


class Migration(migrations.Migration):
    """Give databases that ran 0004 before the function that sets the tenant on all nodes.

    What 0004 made differs in nothing that one machine shows, so undoing changes nothing.
    """

    dependencies: ClassVar = [("tenants", "0004_enter_tenant")]

    operations: ClassVar = [migrations.RunPython(replace, migrations.RunPython.noop)]
