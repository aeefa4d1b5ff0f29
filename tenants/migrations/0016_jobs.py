from typing import Any, ClassVar

from django.db import migrations, router

from tenants.isolation import jobs


def _run(schema_editor: Any, statements: tuple[str, ...]) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        for statement in statements:
            schema_editor.execute(statement, params=None)


def install(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, jobs.INSTALL)


def remove(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, jobs.REMOVE)


class Migration(migrations.Migration):
    """The application role may add background jobs, and do nothing else with them."""

    dependencies: ClassVar = [
        ("tenants", "0015_who_asked"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations: ClassVar = [migrations.RunPython(install, remove)]
