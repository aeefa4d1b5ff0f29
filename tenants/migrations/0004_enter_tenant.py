from typing import Any, ClassVar

from django.db import migrations, router

from tenants.database import entrance
from tenants.isolation import shared

TABLES = ("operations", "migration_runs", "placement_migrations")


def _run(schema_editor: Any, statements: list[str]) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        for statement in statements:
            schema_editor.execute(statement, params=None)


def install(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, [*shared.install_statements(TABLES), entrance.CREATE_FUNCTION])


def remove(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, [entrance.DROP_FUNCTION, *shared.remove_statements(TABLES)])


class Migration(migrations.Migration):
    """The way into a tenant's scope, and access to the tables of work on tenants."""

    dependencies: ClassVar = [("tenants", "0003_tenants_at_scale")]

    operations: ClassVar = [migrations.RunPython(install, remove)]
