from typing import Any, ClassVar

from django.db import migrations, models, router

from tenants.isolation import shared

TABLES = ("permissions",)


def _run(schema_editor: Any, statements: list[str]) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        for statement in statements:
            schema_editor.execute(statement, params=None)


def install(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, shared.install_statements(TABLES))


def remove(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, shared.remove_statements(TABLES))


class Migration(migrations.Migration):
    """The catalogue of permissions, for whoever reads roles by SQL; `migrate_schemas` fills it."""

    dependencies: ClassVar = [("tenants", "0013_audit_anchors")]

    acknowledged: ClassVar = {
        "data-with-ddl": "The Python runs DDL, on a table that this migration makes.",
    }

    operations: ClassVar = [
        migrations.CreateModel(
            name="CataloguedPermission",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("resource", models.CharField(max_length=60)),
                ("action", models.CharField(max_length=60)),
                ("scope", models.CharField(max_length=10)),
                ("description", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "permissions",
                "ordering": ["resource", "action", "scope"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resource", "action", "scope"), name="permissions_unique"
                    )
                ],
            },
        ),
        migrations.RunPython(install, remove),
    ]
