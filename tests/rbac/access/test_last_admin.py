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
from tests.rbac.access.cast import Cast, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    Reach = dict[int, set[Any]]


def sole(cast: Cast, *, by_team: bool) -> RoleGrant:
    """Make the team's grant, or the admin's own, the only one that administers the tenant."""
    if not by_team:
        return RoleGrant.objects.get(user=cast.admin)
    add_member(cast.others, cast.admin, actor=ACTOR)
    grant = grant_role(cast.others, find_role("admin"), actor=ACTOR)
    revoke_grant(RoleGrant.objects.get(user=cast.admin), actor=ACTOR)
    return grant


ENDS: dict[str, Callable[[Cast, RoleGrant], Any]] = {
    "revoked": lambda _, grant: revoke_grant(grant, actor=ACTOR),
    "deactivated": lambda cast, _: update_user(
        cast.admin, changes={"is_active": False}, actor=ACTOR
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
OF_TEAMS: dict[str, Callable[[Cast], Any]] = {
    "member removed": lambda cast: remove_member(cast.others, cast.admin, actor=ACTOR),
}


@pytest.mark.parametrize("by_team", [False, True], ids=["directly", "by-team"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_last_admin_stays_whatever_would_end_it(
    cast: Cast, end: Callable[[Cast, RoleGrant], Any], by_team: bool
) -> None:
    grant = sole(cast, by_team=by_team)
    # Neither an admin of one project nor one for a while is one.
    mine = Limits(projects=frozenset({cast.projects[0].pk}))
    grant_role(cast.ben, find_role("admin"), limits=mine, actor=ACTOR)
    while_it_lasts = Period(expires_at=timezone.now() + timedelta(days=1))
    grant_role(cast.ben, find_role("admin"), period=while_it_lasts, actor=ACTOR)
    refused(lambda: end(cast, grant), LastAdmin)
    grant_role(cast.ben, find_role("admin"), actor=ACTOR)
    end(cast, grant)


@pytest.mark.parametrize("end", OF_TEAMS.values(), ids=OF_TEAMS)
def test_the_last_admin_stays_in_the_team_that_makes_them_one(
    cast: Cast, end: Callable[[Cast], Any]
) -> None:
    sole(cast, by_team=True)
    refused(lambda: end(cast), LastAdmin)
    grant_role(cast.ben, find_role("admin"), actor=ACTOR)
    end(cast)


def test_a_team_that_holds_the_last_admin_keeps_its_place(cast: Cast) -> None:
    whole = create_team(name="Whole", actor=ACTOR)
    grant_role(whole, find_role("admin"), actor=ACTOR)
    update_team(cast.others, changes={"parent": whole}, actor=ACTOR)
    add_member(cast.others, cast.admin, actor=ACTOR)
    revoke_grant(RoleGrant.objects.get(user=cast.admin), actor=ACTOR)
    refused(lambda: update_team(cast.others, changes={"parent": None}, actor=ACTOR), LastAdmin)
    grant_role(cast.ben, find_role("admin"), actor=ACTOR)
    update_team(cast.others, changes={"parent": None}, actor=ACTOR)
