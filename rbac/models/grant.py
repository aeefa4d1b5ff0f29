"""Who holds which role, within which limits, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from rbac.access.holdings import Limits, Period
from rbac.models.role import Role
from rbac.models.team import Team
from rbac.models.user import User
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import EXPORTED, NEVER_EXPORTED, TenantForeignKey, TenantModel

if TYPE_CHECKING:
    from uuid import UUID


class GrantQuerySet(PermittedQuerySet["RoleGrant"]):
    """Grants, and which of them count."""

    def current(self) -> GrantQuerySet:
        """Begun and not ended, by the database's clock."""
        return self.filter(
            Q(starts_at=None) | Q(starts_at__lte=Now()),
            Q(expires_at=None) | Q(expires_at__gt=Now()),
        )

    def current_or_coming(self) -> GrantQuerySet:
        """Not ended, by the database's clock."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))

    def lasting(self) -> GrantQuerySet:
        """For all that the role allows, and without an end."""
        return self.current().filter(expires_at=None, projects=None, environments=None)


class RoleGrant(TenantModel):
    """One role granted to one user or one team (the table is the seed's ``user_roles``).

    ``projects`` and ``environments`` hold ids, which mean something to the apps above;
    one that no longer exists reaches nothing. NULL is no limit.
    """

    archive: ClassVar = EXPORTED
    # Whether the service that returns it has made it, or found the same grant.
    is_new = False

    user = TenantForeignKey(User, models.CASCADE, null=True, blank=True, related_name="role_grants")
    team = TenantForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="role_grants")
    role = TenantForeignKey(Role, models.PROTECT, related_name="grants")
    projects = ArrayField(models.UUIDField(), null=True, blank=True)
    environments = ArrayField(models.UUIDField(), null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.CharField(max_length=100, help_text="The grantor's audit id.")
    delegated_by = TenantForeignKey(
        User, models.CASCADE, null=True, blank=True, editable=False, related_name="delegations"
    )

    objects = GrantQuerySet.as_manager()
    owner_path = "delegated_by_id"
    lock_stage = LockStage.ACCESS

    class Meta:
        db_table = "user_roles"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "tenant_id",
                    "user",
                    "team",
                    "role",
                    "projects",
                    "environments",
                    "delegated_by",
                ],
                nulls_distinct=False,
                name="user_roles_grants_unique",
            ),
            models.CheckConstraint(
                condition=Q(user=None, team__isnull=False) | Q(user__isnull=False, team=None),
                name="user_roles_to_one",
            ),
            models.CheckConstraint(
                condition=Q(projects=None) | Q(projects__len__gt=0), name="user_roles_some_project"
            ),
            models.CheckConstraint(
                condition=Q(environments=None) | Q(environments__len__gt=0),
                name="user_roles_some_environment",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(expires_at=None) | Q(starts_at__lt=F("expires_at")),
                name="user_roles_period",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="user_roles_page_idx")
        ]

    def __str__(self) -> str:
        return f"{self.user or self.team}: {self.role}"

    @property
    def limits(self) -> Limits:
        """To what the grant is limited."""
        return Limits(_set(self.projects), _set(self.environments))

    @property
    def period(self) -> Period:
        """From when until when it counts."""
        return Period(self.starts_at, self.expires_at)


class AccessStamp(TenantModel):
    """A random value for each tenant, replaced by every change of who may do what.

    Holding its row lets one such change of a tenant through at a time.
    """

    archive: ClassVar = NEVER_EXPORTED

    stamp = models.UUIDField()
    lock_stage = LockStage.ACCESS

    class Meta:
        db_table = "access_stamps"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id"], name="access_stamps_tenant_unique")
        ]

    def __str__(self) -> str:
        return str(self.stamp)


def _set(values: list[UUID] | None) -> frozenset[UUID] | None:
    return None if values is None else frozenset(values)
