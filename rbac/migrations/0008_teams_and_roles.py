import uuid
from typing import Any, ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

import tenants.context
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


def _id() -> tuple[str, "models.Field[Any, Any]"]:
    return (
        "id",
        models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
    )


def _base() -> list[tuple[str, "models.Field[Any, Any]"]]:
    return [
        _id(),
        (
            "tenant_id",
            models.UUIDField(default=tenants.context.current_tenant_id, editable=False),
        ),
        ("created_at", models.DateTimeField(auto_now_add=True)),
    ]


def _key(to: str, name: str, on_delete: object, **options: object) -> TenantForeignKey:
    return TenantForeignKey(to, on_delete, related_name=name, **options)


_CASCADE = django.db.models.deletion.CASCADE
_PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    """Teams, the tenants' own roles, and the stamp of who may do what."""

    dependencies: ClassVar = [("rbac", "0007_audit_chain")]
    acknowledged: ClassVar = {
        "add-field-rewrite": "now() is stable, so PostgreSQL computes it once and rewrites nothing "
        "(https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES)."
    }

    operations: ClassVar = [
        migrations.AddField(
            model_name="role",
            name="is_custom",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Made by the tenant, not by the platform.",
            ),
        ),
        migrations.AddField(
            model_name="role",
            name="revision",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
        migrations.AddField(
            model_name="role",
            name="updated_at",
            field=models.DateTimeField(auto_now=True, db_default=Now()),
        ),
        migrations.CreateModel(
            name="RolePermission",
            fields=[
                *_base(),
                ("permission_id", models.UUIDField()),
                ("role", _key("rbac.role", "permissions", _CASCADE)),
            ],
            options={
                "db_table": "role_permissions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "role", "permission_id"),
                        name="role_permissions_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleParent",
            fields=[
                *_base(),
                ("role", _key("rbac.role", "parent_links", _CASCADE)),
                ("parent", _key("rbac.role", "heir_links", _PROTECT)),
            ],
            options={
                "db_table": "role_parents",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "role", "parent"), name="role_parents_unique"
                    ),
                    models.CheckConstraint(
                        condition=~Q(role=F("parent")), name="role_parents_not_itself"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                *_base(),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=100)),
                ("description", models.CharField(blank=True, max_length=500)),
                (
                    "ancestors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, editable=False, size=None
                    ),
                ),
                ("parent", _key("rbac.team", "parts", _PROTECT, null=True, blank=True)),
            ],
            options={
                "db_table": "teams",
                "ordering": ["name"],
                "indexes": [
                    models.Index(fields=["tenant_id", "created_at", "id"], name="teams_page_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "name"), name="teams_name_unique"),
                    models.CheckConstraint(
                        condition=Q(parent=None) | ~Q(parent=F("id")),
                        name="teams_not_part_of_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                *_base(),
                (
                    "added_by",
                    models.CharField(help_text="The audit id of who added them.", max_length=100),
                ),
                ("team", _key("rbac.team", "memberships", _CASCADE)),
                ("user", _key(settings.AUTH_USER_MODEL, "memberships", _CASCADE)),
            ],
            options={
                "db_table": "team_members",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "team", "user"), name="team_members_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessStamp",
            fields=[*_base(), ("stamp", models.UUIDField())],
            options={
                "db_table": "access_stamps",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id",), name="access_stamps_tenant_unique"
                    )
                ],
            },
        ),
        Isolate(
            "rbac.RolePermission",
            "rbac.RoleParent",
            "rbac.Team",
            "rbac.TeamMember",
            "rbac.AccessStamp",
        ),
    ]
