"""Teams that are moved at the same moment form no circle, and know their ancestors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from iac_platform.common.errors import DomainError
from rbac.models import Team
from rbac.services.teams import (
    create_team,
    update_team,
)
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.conftest import ACTOR
from tests.rbac.access.actors import teams_named
from tests.rbac.access.concurrency import at_once, overtaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

    Action = Callable[[], Any]


def climbed(team: Team) -> list[Any]:
    """The way up by the parents, which ``ancestors`` repeats."""
    path: list[Any] = []
    at = team.parent
    while at is not None:
        assert at.pk not in path, "a circle"
        path.append(at.pk)
        at = at.parent
    return path


def require_sound_teams() -> None:
    for team in Team.objects.all():
        assert team.ancestors == climbed(team), team.name


def under(team: Team, parent: Team | None) -> Action:
    """The action of somebody who has read both teams now."""
    return lambda: update_team(team, changes={"parent": parent}, actor=ACTOR)


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_teams_put_under_each_other_at_once_one_stays(home: Tenant, attempt: int) -> None:
    del attempt
    with tenant_scope(home):
        left, right = teams_named("Left", "Right")
    outcomes = at_once(home, under(left, right), under(right, left))
    assert sorted(outcomes) == ["done", "invalid-team"]
    with tenant_scope(home):
        require_sound_teams()


def test_a_team_is_under_what_its_parent_is_under_by_now(home: Tenant) -> None:
    """The parent was read before it was moved; its roles and those above it are what counts."""
    with tenant_scope(home):
        top, middle, bottom = teams_named("Top", "Middle", "Bottom")
        second = under(bottom, Team.objects.get(pk=middle.pk))
    assert overtaken(home, first=under(middle, top), second=second) == "done"
    with tenant_scope(home):
        require_sound_teams()
        assert Team.objects.get(pk=bottom.pk).ancestors == [middle.pk, top.pk]
        fresh = Team.objects.get(pk=middle.pk)
    make: Action = lambda: create_team(name="New", parent=fresh, actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=under(middle, None), second=make) == "done"
    with tenant_scope(home):
        require_sound_teams()
        assert Team.objects.get(name="New").ancestors == [middle.pk]


def test_no_circle_is_made_of_a_team_that_moved_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        left, right = teams_named("Left", "Right")
        second = under(right, left)
    assert overtaken(home, first=under(left, right), second=second) == "invalid-team"
    with tenant_scope(home):
        require_sound_teams()


_move = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3))
_moves = st.lists(_move, min_size=2, max_size=3)


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=_moves, moves=_moves)
def test_however_teams_are_moved_at_once_their_ancestors_are_their_parents(
    committed_tenants: ThrowawayTenants, before: list[Any], moves: list[Any]
) -> None:
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(tenant):
        teams = teams_named("A", "B", "C", "D")
        for team, parent in before:
            at = None if parent is None else teams[parent]
            outcome: list[str] = []
            _attempt_here(under(teams[team], at), outcome)
            teams = list(Team.objects.order_by("name"))
    actions = [under(teams[team], None if to is None else teams[to]) for team, to in moves]
    outcomes = at_once(tenant, *actions)
    assert set(outcomes) <= {"done", "invalid-team"}, outcomes
    with tenant_scope(tenant):
        require_sound_teams()


def _attempt_here(action: Action, outcomes: list[str]) -> None:
    try:
        action()
        outcomes.append("done")
    except DomainError as refusal:
        outcomes.append(refusal.code)
