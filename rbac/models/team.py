"""Teams, which can be parts of others."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from iac_platform.common.changes import WriteErrors
from rbac.errors import InvalidTeam, TeamInUse, TeamNameTaken
from rbac.models.fields import NameField, NameKeyField
from rbac.models.user import User
from rbac.names import validate_name
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey, TenantModel

# How many teams a team may be part of, one in another.
DEEPEST = 5


class Team(RevisedModel):
    """People who share roles. The members of a team's parts are its members too.

    ``ancestors`` repeats the way up, nearest first, so that nobody has to climb it: the
    services that change ``parent`` keep it right.
    """

    archive: ClassVar = EXPORTED

    name = NameField(max_length=100, validators=[validate_name])
    name_key = NameKeyField()
    description = models.CharField(max_length=500, blank=True)
    parent = TenantForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    ancestors = ArrayField(models.UUIDField(), default=list, editable=False)

    objects = PermittedQuerySet.as_manager()
    resource = "team"
    lock_stage = LockStage.ACCESS
    write_errors = WriteErrors(invalid=InvalidTeam, taken=TeamNameTaken, in_use=TeamInUse)

    class Meta:
        db_table = "teams"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "name_key"], name="teams_name_unique"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="teams_not_part_of_itself"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="teams_page_idx"),
            models.Index(fields=["tenant_id", "name_key", "id"], name="teams_key_idx"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """One user in one team."""

    archive: ClassVar = EXPORTED

    team = TenantForeignKey(Team, models.CASCADE, related_name="memberships")
    user = TenantForeignKey(User, models.CASCADE, related_name="memberships")
    added_by = models.CharField(max_length=100, help_text="The audit id of who added them.")
    lock_stage = LockStage.ACCESS

    class Meta:
        db_table = "team_members"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "team", "user"], name="team_members_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
