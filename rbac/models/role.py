"""Roles, and who holds them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.models.user import User
from rbac.querysets import PermittedQuerySet
from rbac.system_roles import effective
from tenants.models import TenantForeignKey, TenantModel


class Role(TenantModel):
    """A role of one tenant; what a system role allows is in ``rbac.system_roles``."""

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)

    objects = PermittedQuerySet.as_manager()

    class Meta:
        db_table = "roles"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "key"], name="roles_key_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def allowed(self) -> dict[str, str]:
        """What the role allows: scope by permission name."""
        return {name: str(scope) for name, scope in effective(frozenset({self.key})).items()}


class UserRole(TenantModel):
    """One role granted to one user."""

    user = TenantForeignKey(User, models.CASCADE, related_name="role_grants")
    role = TenantForeignKey(Role, models.CASCADE, related_name="grants")
    granted_by = models.CharField(max_length=100, help_text="The grantor's audit id.")

    class Meta:
        db_table = "user_roles"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "user", "role"], name="user_roles_grant_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"
