from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from rbac.name_keys import fill_keys


def fill(apps: Any, schema_editor: Any) -> None:
    """Give each name its key."""
    del apps
    fill_keys(schema_editor, "users", name="username", key="username_key")
    fill_keys(schema_editor, "teams", name="name", key="name_key")
    fill_keys(schema_editor, "roles", name="name", key="name_key")


class Migration(migrations.Migration):
    """Names that are there already get their keys."""

    dependencies: ClassVar = [("rbac", "0013_name_keys")]

    operations: ClassVar = [migrations.RunPython(fill, migrations.RunPython.noop)]
