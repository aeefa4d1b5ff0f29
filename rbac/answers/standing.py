"""The grants of many users, their own and their teams', in three statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from rbac.access.loading import team_paths
from rbac.models import RoleGrant, Team, TeamMember
from rbac.selectors import as_holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from rbac.access.holdings import Grant
    from rbac.models import User


@dataclass(frozen=True, slots=True)
class Standing:
    """What was granted to one user.

    Attributes:
        grants: to themselves, and to teams, with the way to these.
        team_ids: their teams, and those that these are part of.
    """

    grants: tuple[Grant, ...]
    team_ids: frozenset[UUID]


def standings(users: Sequence[User], grants: QuerySet[RoleGrant]) -> dict[UUID, Standing]:
    """What was granted to each of some users, by their id.

    Args:
        users: of the current tenant.
        grants: those that count here; the others' are left out.
    """
    teams = _teams_of(users)
    names = _names(team for theirs in teams.values() for team in theirs)
    by_holder = defaultdict["UUID | None", list["RoleGrant"]](list)
    either = Q(user_id__in=list(teams)) | Q(team_id__in=list(names))
    for grant in grants.select_related("role").filter(either).order_by("created_at", "pk"):
        by_holder[grant.user_id or grant.team_id].append(grant)
    return {
        user_id: _standing(user_id, theirs, names, by_holder) for user_id, theirs in teams.items()
    }


def _teams_of(users: Iterable[User]) -> dict[UUID, list[Team]]:
    """The teams that each user is in, by the user's id."""
    teams: dict[UUID, list[Team]] = {user.pk: [] for user in users}
    for row in TeamMember.objects.filter(user_id__in=list(teams)).select_related("team"):
        teams[row.user_id].append(row.team)
    return teams


def _names(teams: Iterable[Team]) -> dict[UUID, str]:
    """The names of teams, and of those that they are part of, by id."""
    ids = {each for team in teams for each in (team.pk, *team.ancestors)}
    return dict(Team.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _standing(
    user_id: UUID,
    teams: Iterable[Team],
    names: Mapping[UUID, str],
    grants: Mapping[UUID | None, list[RoleGrant]],
) -> Standing:
    rows = [{"id": str(team.pk), "ancestors": list(map(str, team.ancestors))} for team in teams]
    # One that was dissolved in between has no name any more.
    known = defaultdict[str, str](str, {str(key): name for key, name in names.items()})
    paths = team_paths(rows, known)
    held = [as_holding(grant) for grant in grants.get(user_id, ())]
    for team_id, path in paths.items():
        held += [replace(as_holding(grant), team_path=path) for grant in grants.get(team_id, ())]
    return Standing(tuple(held), frozenset(paths))
