"""The roles that users hold now, and by what: to themselves or in a team, limited, for a while.

As everywhere, a grant counts from its start until its end. Lists and pages of people tell the
same because both ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from rbac.answers.standing import standings
from rbac.models import Role, RoleGrant, TeamMember

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from rbac.access.holdings import Grant, Limits
    from rbac.models import User


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One way of holding a role.

    Attributes:
        key, name: the role's.
        limits: the projects or environments it counts for; empty for everywhere.
        team_path: names of teams, from the user's own to the one that has it; empty for a
            grant to the user.
        expires_at: when it ends.
        is_delegated: whether somebody passed it on.
    """

    key: str
    name: str
    limits: Limits
    team_path: tuple[str, ...]
    expires_at: datetime | None
    is_delegated: bool

    @property
    def is_limited(self) -> bool:
        """Whether it counts for some projects or environments only."""
        return bool(self.limits.limitable_by)


def roles_held(users: Sequence[User]) -> dict[UUID, tuple[HeldRole, ...]]:
    """What each of some users holds now, by name, in five statements for all of them."""
    held = standings(users, RoleGrant.objects.current())
    names = dict(Role.objects.values_list("key", "name"))
    return {
        user_id: tuple(sorted((_held(grant, names) for grant in each.grants), key=_order))
        for user_id, each in held.items()
    }


def holders_of(users: QuerySet[User], key: str) -> QuerySet[User]:
    """Those of these users who hold a role now, themselves or in a team."""
    grants = RoleGrant.objects.current().filter(role__key=key)
    teams = list(grants.filter(team__isnull=False).values_list("team_id", flat=True))
    inside = Q(team_id__in=teams) | Q(team__ancestors__overlap=teams)
    members = TeamMember.objects.filter(inside, user_id=OuterRef("pk"))
    return users.filter(Exists(grants.filter(user_id=OuterRef("pk"))) | Exists(members))


def _held(grant: Grant, names: Mapping[str, str]) -> HeldRole:
    return HeldRole(
        key=grant.role_key,
        name=names.get(grant.role_key, grant.role_key),
        limits=grant.limits,
        team_path=grant.team_path,
        expires_at=grant.period.expires_at,
        is_delegated=grant.delegated_by is not None,
    )


def _order(role: HeldRole) -> tuple[str, bool, tuple[str, ...]]:
    return role.name, role.is_limited, role.team_path
