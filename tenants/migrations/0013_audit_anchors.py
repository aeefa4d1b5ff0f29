from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models, router

from tenants.isolation import shared

TABLES = ("audit_anchors",)


def _run(schema_editor: Any, statements: Any) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        for statement in statements:
            schema_editor.execute(statement, params=None)


def install(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, [*shared.install_statements(TABLES), *shared.ANCHORS_ONLY_FORWARD])


def remove(_apps: Any, schema_editor: Any) -> None:
    _run(
        schema_editor,
        [
            "DROP TRIGGER only_forward ON public.audit_anchors",
            "DROP FUNCTION public.audit_anchors_only_forward()",
            *shared.remove_statements(TABLES),
        ],
    )


class Migration(migrations.Migration):
    """Where each tenant's audit log ends, which nobody can take back."""

    dependencies: ClassVar = [("tenants", "0012_enter_read_committed")]

    acknowledged: ClassVar = {
        "data-with-ddl": "The Python runs DDL, on a table that this migration makes.",
    }

    operations: ClassVar = [
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="audit_anchor",
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("sequence", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("anchored_at", models.DateTimeField()),
            ],
            options={"db_table": "audit_anchors"},
        ),
        migrations.RunPython(install, remove),
    ]
