from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from rbac.name_keys import fill_keys


def fill(apps: Any, schema_editor: Any) -> None:
    """Make the keys of all names anew."""
    del apps
    fill_keys(schema_editor, "projects", name="name", key="name_key")
    fill_keys(schema_editor, "blueprints", name="name", key="name_key", within=["project_id"])


class Migration(migrations.Migration):
    """Keys of names by NFKC, as those of users and teams: ``Ⅳ`` is ``IV``."""

    dependencies: ClassVar = [("catalog", "0003_project_team"), ("rbac", "0014_fill_name_keys")]

    operations: ClassVar = [migrations.RunPython(fill, migrations.RunPython.noop)]
