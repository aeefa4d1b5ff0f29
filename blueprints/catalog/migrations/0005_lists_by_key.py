from typing import ClassVar

from django.db import migrations, models

from rbac.models.fields import NameField
from rbac.names import validate_name

_SMALL = "Built over as many rows as a placement has projects and blueprints, in under a second."


class Migration(migrations.Migration):
    """Lists by name are in the order of keys, in which people read."""

    dependencies: ClassVar = [("catalog", "0004_compatible_keys")]
    acknowledged: ClassVar = {"add-index": _SMALL, "index-not-repeatable": _SMALL}

    operations: ClassVar = [
        *(
            migrations.AlterField(
                model, "name", NameField(max_length=100, validators=[validate_name])
            )
            for model in ("blueprint", "project")
        ),
        migrations.AddIndex(
            "blueprint",
            models.Index(fields=["tenant_id", "name_key", "id"], name="blueprints_key_idx"),
        ),
        migrations.AddIndex(
            "project",
            models.Index(fields=["tenant_id", "name_key", "id"], name="projects_key_idx"),
        ),
        migrations.RemoveIndex("blueprint", "blueprints_name_idx"),
        migrations.RemoveIndex("project", "projects_name_idx"),
    ]
