"""Roles: what they allow, and what they inherit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from iac_platform.common.changes import WriteErrors
from rbac.errors import InvalidRole, RoleNameTaken
from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import EXPORTED, PLATFORM_TENANT_ID, RevisedModel, TenantForeignKey, TenantModel


class Role(RevisedModel):
    """A role of one tenant.

    What a system role allows is in ``rbac.system_roles``, what the tenant's own allows in
    ``role_permissions`` and in the roles that it inherits from.
    """

    archive: ClassVar = EXPORTED

    key = models.CharField(max_length=60)
    name = NameField(max_length=100, validators=[validate_name])
    name_key = NameKeyField()
    description = models.TextField(blank=True)
    is_custom = models.BooleanField(
        default=False, editable=False, help_text="Made by the tenant, not by the platform."
    )

    objects = PermittedQuerySet.as_manager()
    resource = "role"
    lock_stage = LockStage.ACCESS
    write_errors = WriteErrors(invalid=InvalidRole, taken=RoleNameTaken)

    class Meta:
        db_table = "roles"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "key"], name="roles_key_unique"),
            # Not of the platform's own: a release may bring one whose name somebody has.
            models.UniqueConstraint(
                fields=["tenant_id", "name_key"],
                condition=Q(is_custom=True),
                name="roles_name_key_unique",
            ),
            models.CheckConstraint(
                condition=~Q(key="operator") | Q(is_custom=True) | Q(tenant_id=PLATFORM_TENANT_ID),
                name="roles_operator_is_the_platforms",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RolePermission(TenantModel):
    """One permission, in one scope, of a role that a tenant made.

    ``permission_id`` is the id of a row of the shared table ``permissions``. No foreign
    key leads there: placements refer to nothing outside themselves (decision 16), and an
    id that the release does not know allows nothing.
    """

    archive: ClassVar = EXPORTED

    role = TenantForeignKey(Role, models.CASCADE, related_name="permissions")
    permission_id = models.UUIDField()
    lock_stage = LockStage.ACCESS

    class Meta:
        db_table = "role_permissions"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "role", "permission_id"], name="role_permissions_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.permission_id}"


class RoleParent(TenantModel):
    """A role that inherits all that another one allows."""

    archive: ClassVar = EXPORTED

    role = TenantForeignKey(Role, models.CASCADE, related_name="parent_links")
    parent = TenantForeignKey(Role, models.PROTECT, related_name="heir_links")
    lock_stage = LockStage.ACCESS

    class Meta:
        db_table = "role_parents"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "role", "parent"], name="role_parents_unique"
            ),
            models.CheckConstraint(
                condition=~Q(role=models.F("parent")), name="role_parents_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} inherits {self.parent}"
