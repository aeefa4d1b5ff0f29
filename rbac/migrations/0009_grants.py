from typing import Any, ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from tenants.isolation.operations import AddTenantKeys
from tenants.models import PLATFORM_TENANT_ID
from tenants.models.fields import TenantForeignKey

_CASCADE = django.db.models.deletion.CASCADE
_NULLABLE: dict[str, Any] = {"null": True, "blank": True}


def _ids() -> "models.Field[Any, Any]":
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.UUIDField(), blank=True, null=True, size=None
    )


class Migration(migrations.Migration):
    """What was a role of a user becomes a grant, also to teams, with limits and an end."""

    dependencies: ClassVar = [("rbac", "0008_teams_and_roles")]
    acknowledged: ClassVar = {
        "remove-constraint": "Nothing relies on it: the next one forbids the same, and more.",
        "add-constraint": "Of the rows that there are each new column is empty; a tenant has as "
        "many grants as people, so reading them takes milliseconds.",
        "unknown-operation": "The columns that the keys are of are empty, so nothing is checked.",
        "alter-field-not-null": "NOT NULL is dropped, not set: no row is read.",
    }

    operations: ClassVar = [
        # Only what Django calls it changes; the table keeps its name.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RenameModel("UserRole", "RoleGrant")]
        ),
        migrations.AlterModelOptions("rolegrant", {"ordering": ["-created_at"]}),
        migrations.AlterField(
            model_name="rolegrant",
            name="user",
            field=TenantForeignKey(
                settings.AUTH_USER_MODEL, _CASCADE, related_name="role_grants", **_NULLABLE
            ),
        ),
        migrations.AlterField(
            model_name="rolegrant",
            name="role",
            field=TenantForeignKey(
                "rbac.role", django.db.models.deletion.PROTECT, related_name="grants"
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="team",
            field=TenantForeignKey("rbac.team", _CASCADE, related_name="role_grants", **_NULLABLE),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="delegated_by",
            field=TenantForeignKey(
                settings.AUTH_USER_MODEL,
                _CASCADE,
                editable=False,
                related_name="delegations",
                **_NULLABLE,
            ),
        ),
        AddTenantKeys("rbac.RoleGrant", "team", "delegated_by"),
        migrations.AddField(model_name="rolegrant", name="projects", field=_ids()),
        migrations.AddField(model_name="rolegrant", name="environments", field=_ids()),
        migrations.AddField(
            model_name="rolegrant",
            name="starts_at",
            field=models.DateTimeField(**_NULLABLE),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="expires_at",
            field=models.DateTimeField(**_NULLABLE),
        ),
        migrations.RemoveConstraint(model_name="rolegrant", name="user_roles_grant_unique"),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.UniqueConstraint(
                fields=(
                    "tenant_id",
                    "user",
                    "team",
                    "role",
                    "projects",
                    "environments",
                    "delegated_by",
                ),
                nulls_distinct=False,
                name="user_roles_grants_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=Q(user=None, team__isnull=False) | Q(user__isnull=False, team=None),
                name="user_roles_to_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=Q(projects=None) | Q(projects__len__gt=0),
                name="user_roles_some_project",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=Q(environments=None) | Q(environments__len__gt=0),
                name="user_roles_some_environment",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=Q(starts_at=None) | Q(expires_at=None) | Q(starts_at__lt=F("expires_at")),
                name="user_roles_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.CheckConstraint(
                condition=~Q(key="operator") | Q(is_custom=True) | Q(tenant_id=PLATFORM_TENANT_ID),
                name="roles_operator_is_the_platforms",
            ),
        ),
    ]
