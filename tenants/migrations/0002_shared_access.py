from typing import Any, ClassVar

from django.db import migrations, router

from tenants.isolation import shared


def _run(schema_editor: Any, statements: list[str]) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        for statement in statements:
            schema_editor.execute(statement, params=None)


TABLES = ("tenants", "domains", "placements", "django_content_type", "django_migrations")
SEQUENCES = ("domains_id_seq", "placements_id_seq")


def install(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, shared.install_statements(TABLES, SEQUENCES))


def remove(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, shared.remove_statements(TABLES, SEQUENCES))


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("tenants", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations: ClassVar = [migrations.RunPython(install, remove)]
