"""How many members a team and how many grants somebody may have; and what the log says of teams."""

from __future__ import annotations

import pytest

from rbac.errors import InvalidGrant, InvalidTeam
from rbac.models import AuditEntry
from rbac.services import grants, teams
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team, remove_member
from rbac.services.users import create_user
from tests.conftest import ACTOR

pytestmark = pytest.mark.usefixtures("in_scope")


def test_a_team_takes_as_many_as_it_may_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teams, "MOST_MEMBERS", 2)
    team = create_team(name="Platform", actor=ACTOR)
    una, ben, eve = (create_user(username=name, actor=ACTOR) for name in ("una", "ben", "eve"))
    add_member(team, una, actor=ACTOR)
    add_member(team, ben, actor=ACTOR)
    with pytest.raises(InvalidTeam, match="at most 2 members"):
        add_member(team, eve, actor=ACTOR)
    assert set(team.memberships.values_list("user__username", flat=True)) == {"una", "ben"}
    remove_member(team, ben, actor=ACTOR)
    add_member(team, eve, actor=ACTOR)


def test_somebody_has_as_many_grants_as_they_may_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grants, "MOST_GRANTS", 2)
    una = create_user(username="una", actor=ACTOR)
    viewer = grant_role(una, find_role("viewer"), actor=ACTOR)
    grant_role(una, find_role("consultant"), actor=ACTOR)
    with pytest.raises(InvalidGrant, match="has 2 grants"):
        grant_role(una, find_role("system-engineer"), actor=ACTOR)
    assert una.role_grants.count() == 2
    assert not grant_role(una, find_role("viewer"), actor=ACTOR).is_new
    revoke_grant(viewer, actor=ACTOR)
    assert grant_role(una, find_role("system-engineer"), actor=ACTOR).is_new


def test_the_log_names_who_joined_and_who_left() -> None:
    team, una = create_team(name="Platform", actor=ACTOR), create_user(username="una", actor=ACTOR)
    add_member(team, una, actor=ACTOR)
    remove_member(team, una, actor=ACTOR)
    for action in ("team.add_member", "team.remove_member"):
        assert AuditEntry.objects.get(action=action).changes == {"user": "una"}
