from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

_SMALL = (
    "Built over as many rows as a placement has people, teams and roles, in well under a second."
)


class Migration(migrations.Migration):
    """No two names with one key, and lists in the order of keys.

    What the release before writes meanwhile has no key, and none of it is refused.
    """

    dependencies: ClassVar = [("rbac", "0014_fill_name_keys")]
    acknowledged: ClassVar = {"add-index": _SMALL, "add-constraint": _SMALL}

    operations: ClassVar = [
        migrations.AddIndex(
            "team", models.Index(fields=["tenant_id", "name_key", "id"], name="teams_key_idx")
        ),
        migrations.AddIndex(
            "user", models.Index(fields=["tenant_id", "username_key", "id"], name="users_key_idx")
        ),
        migrations.AddConstraint(
            "role",
            models.UniqueConstraint(
                fields=["tenant_id", "name_key"],
                condition=Q(is_custom=True) & ~Q(name_key=""),
                name="roles_name_key_unique",
            ),
        ),
        migrations.AddConstraint(
            "team",
            models.UniqueConstraint(
                fields=["tenant_id", "name_key"],
                condition=~Q(name_key=""),
                name="teams_name_key_unique",
            ),
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                fields=["tenant_id", "username_key"],
                condition=~Q(username_key=""),
                name="users_username_key_unique",
            ),
        ),
    ]
