"""A tenant keeps a lasting admin, directly or by a team, whatever would end the last one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from rbac.access.holdings import Limits, Period
from rbac.errors import LastAdmin
from rbac.models import RoleGrant
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team, remove_member, update_team
from rbac.services.users import update_user
from tests.conftest import ACTOR
from tests.rbac.access.actors import Actors, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    Reach = dict[int, set[Any]]


def sole(actors: Actors, *, by_team: bool) -> RoleGrant:
    """Make the team's grant, or the admin's own, the only one that administers the tenant."""
    if not by_team:
        return RoleGrant.objects.get(user=actors.admin)
    add_member(actors.others, actors.admin, actor=ACTOR)
    grant = grant_role(actors.others, find_role("admin"), actor=ACTOR)
    revoke_grant(RoleGrant.objects.get(user=actors.admin), actor=ACTOR)
    return grant


ENDS: dict[str, Callable[[Actors, RoleGrant], Any]] = {
    "revoked": lambda _, grant: revoke_grant(grant, actor=ACTOR),
    "deactivated": lambda actors, _: update_user(
        actors.admin, changes={"is_active": False}, actor=ACTOR
    ),
    "expired": lambda _, grant: grant_role(
        grant.user or grant.team,
        grant.role,
        period=Period(expires_at=timezone.now() + timedelta(days=365)),
        actor=ACTOR,
    ),
    "begun later": lambda _, grant: grant_role(
        grant.user or grant.team,
        grant.role,
        period=Period(starts_at=timezone.now() + timedelta(days=1)),
        actor=ACTOR,
    ),
}
OF_TEAMS: dict[str, Callable[[Actors], Any]] = {
    "member removed": lambda actors: remove_member(actors.others, actors.admin, actor=ACTOR),
}


@pytest.mark.parametrize("by_team", [False, True], ids=["directly", "by-team"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_last_admin_stays_whatever_would_end_it(
    actors: Actors, end: Callable[[Actors, RoleGrant], Any], by_team: bool
) -> None:
    grant = sole(actors, by_team=by_team)
    # Neither an admin of one project nor one for a while is one.
    mine = Limits(projects=frozenset({actors.projects[0].pk}))
    grant_role(actors.ben, find_role("admin"), limits=mine, actor=ACTOR)
    while_it_lasts = Period(expires_at=timezone.now() + timedelta(days=1))
    grant_role(actors.ben, find_role("admin"), period=while_it_lasts, actor=ACTOR)
    refused(lambda: end(actors, grant), LastAdmin)
    grant_role(actors.ben, find_role("admin"), actor=ACTOR)
    end(actors, grant)


@pytest.mark.parametrize("end", OF_TEAMS.values(), ids=OF_TEAMS)
def test_the_last_admin_stays_in_the_team_that_makes_them_one(
    actors: Actors, end: Callable[[Actors], Any]
) -> None:
    sole(actors, by_team=True)
    refused(lambda: end(actors), LastAdmin)
    grant_role(actors.ben, find_role("admin"), actor=ACTOR)
    end(actors)


def test_a_team_that_holds_the_last_admin_keeps_its_place(actors: Actors) -> None:
    whole = create_team(name="Whole", actor=ACTOR)
    grant_role(whole, find_role("admin"), actor=ACTOR)
    update_team(actors.others, changes={"parent": whole}, actor=ACTOR)
    add_member(actors.others, actors.admin, actor=ACTOR)
    revoke_grant(RoleGrant.objects.get(user=actors.admin), actor=ACTOR)
    refused(lambda: update_team(actors.others, changes={"parent": None}, actor=ACTOR), LastAdmin)
    grant_role(actors.ben, find_role("admin"), actor=ACTOR)
    update_team(actors.others, changes={"parent": None}, actor=ACTOR)
