"""Grants made while others change what they refer to, or take the right to make them.

What is read before the wait for the lock of the tenant's access is read again after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import RoleGrant, Team, User
from rbac.selectors import user_by_id
from rbac.services.grants import delegate_role, grant_role, revoke_grant
from rbac.services.roles import create_role, delete_role, find_role, update_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.teams import (
    add_member,
    create_team,
    delete_team,
    remove_member,
    update_team,
)
from rbac.services.tokens import create_token
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.conftest import ACTOR
from tests.rbac.access.actors import for_a_day, make_manager, teams_named
from tests.rbac.access.concurrency import attempt, overtaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

    Action = Callable[[], Any]


def test_a_grant_to_a_team_counts_where_the_team_stands_by_now(home: Tenant) -> None:
    """Una is in the team alone; under another one its members reach that one's projects too."""
    with tenant_scope(home):
        part, whole = teams_named("Part", "Whole")
        una = create_user(username="una", actor=ACTOR)
        make_manager(una)
        in_teams = create_role(name="D", permissions={"blueprint.delete": "team"}, actor=ACTOR)
        grant_role(una, in_teams, actor=ACTOR)
        add_member(part, una, actor=ACTOR)
        read_before, acting = Team.objects.get(pk=part.pk), user_by_id(una.pk)
        assert acting is not None

    def move() -> None:
        update_team(part, changes={"parent": whole}, actor=ACTOR)
        remove_member(part, una, actor=ACTOR)

    grant: Action = lambda: grant_role(read_before, in_teams, actor=acting)  # noqa: E731  # an action
    assert overtaken(home, first=move, second=grant) == "cannot-grant"
    with tenant_scope(home):
        assert not RoleGrant.objects.filter(team=part).exists()
        add_member(part, una, actor=ACTOR)
        again = user_by_id(una.pk)
        assert again is not None
        grant_role(Team.objects.get(pk=part.pk), in_teams, actor=again)


@pytest.mark.parametrize("what", ["role", "team"])
def test_nobody_is_granted_what_was_deleted_meanwhile(home: Tenant, what: str) -> None:
    with tenant_scope(home):
        role = create_role(name="Short", permissions={"blueprint.view": "tenant"}, actor=ACTOR)
        [team] = teams_named("Short")
    first = {
        "role": lambda: delete_role(role, actor=ACTOR),
        "team": lambda: delete_team(team, actor=ACTOR),
    }
    second: Action = lambda: grant_role(team, role, actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=first[what], second=second) == "unknown-reference"
    with tenant_scope(home):
        assert not RoleGrant.objects.exists()


@pytest.mark.parametrize("what", ["team", "role"])
def test_what_was_deleted_meanwhile_is_not_found(home: Tenant, what: str) -> None:
    with tenant_scope(home):
        role = create_role(name="Short", actor=ACTOR)
        [team] = teams_named("Short")
        user = create_user(username="una", actor=ACTOR)
    gone: dict[str, tuple[Action, list[Action]]] = {
        "team": (
            lambda: delete_team(team, actor=ACTOR),
            [
                lambda: update_team(team, changes={"name": "X"}, actor=ACTOR),
                lambda: add_member(team, user, actor=ACTOR),
            ],
        ),
        "role": (
            lambda: delete_role(role, actor=ACTOR),
            [lambda: update_role(role, changes={"name": "X"}, actor=ACTOR)],
        ),
    }
    delete, actions = gone[what]
    assert overtaken(home, first=delete, second=actions[0]) == "object-not-found"
    for action in actions:
        outcome: list[str] = []
        attempt(home, action, outcome)
        assert outcome == ["object-not-found"]


def test_nothing_is_passed_on_to_who_was_deactivated_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        una = create_user(username="una", roles=["enterprise-architect"], actor=ACTOR)
        ben = create_user(username="ben", actor=ACTOR)
        acting, viewer = user_by_id(una.pk), find_role("viewer")
        assert acting is not None

    def pass_on() -> RoleGrant:
        return delegate_role(ben, viewer, actor=acting, period=for_a_day())

    leave: Action = lambda: update_user(ben, changes={"is_active": False}, actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=leave, second=pass_on) == "cannot-delegate"
    with tenant_scope(home):
        update_user(ben, changes={"is_active": True}, actor=ACTOR)
        pass_on()


def _actions(home: Tenant) -> dict[str, Action]:
    """What a manager of access does, each with what they read before."""
    team = create_team(name="Builders", actor=ACTOR)
    other = create_team(name="Others", actor=ACTOR)
    role = create_role(name="Small", actor=ACTOR)
    ben = create_user(username="ben", roles=["viewer"], actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    account = create_service_account(username="robot", actor=ACTOR)
    dora = create_user(username="dora", roles=["admin"], actor=ACTOR)
    acting = user_by_id(dora.pk)
    assert acting is not None
    viewer, grant = find_role("viewer"), RoleGrant.objects.get(user=ben)
    del home
    return {
        "grant": lambda: grant_role(carl, viewer, actor=acting),
        "revoke": lambda: revoke_grant(grant, actor=acting),
        "create role": lambda: create_role(name="Other", actor=acting),
        "update role": lambda: update_role(role, changes={"name": "X"}, actor=acting),
        "delete role": lambda: delete_role(role, actor=acting),
        "create team": lambda: create_team(name="New", actor=acting),
        "update team": lambda: update_team(team, changes={"name": "X"}, actor=acting),
        "delete team": lambda: delete_team(other, actor=acting),
        "add member": lambda: add_member(team, carl, actor=acting),
        "create user": lambda: create_user(username="new", actor=acting),
        "update user": lambda: update_user(carl, changes={"full_name": "C"}, actor=acting),
        "create account": lambda: create_service_account(username="robot-2", actor=acting),
        "update account": lambda: update_service_account(
            account, changes={"description": "X"}, actor=acting
        ),
        "mint": lambda: create_token(account, name="x", actor=acting),
        "pass on": lambda: delegate_role(carl, viewer, actor=acting, period=for_a_day()),
    }


ACTIONS = (
    *("grant", "revoke", "create role", "update role", "delete role", "create team"),
    *("update team", "delete team", "add member", "create user", "update user"),
    *("create account", "update account", "mint", "pass on"),
)


def test_who_lost_the_right_while_they_waited_does_nothing(
    committed_tenants: ThrowawayTenants, subtests: pytest.Subtests
) -> None:
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(tenant):
        create_user(username="root", roles=["admin"], actor=ACTOR)
        actions = _actions(tenant)
        dora = User.objects.get(username="dora")
        grant = RoleGrant.objects.get(user=dora)
    assert set(actions) == set(ACTIONS)
    for name, action in actions.items():
        with subtests.test(name):
            with tenant_scope(tenant):
                grant = RoleGrant.objects.filter(user=dora).first() or grant_role(
                    dora, find_role("admin"), actor=ACTOR
                )
            lose = lambda grant=grant: revoke_grant(grant, actor=ACTOR)  # noqa: E731  # an action
            assert overtaken(tenant, first=lose, second=action) == "permission-denied"
            with tenant_scope(tenant):
                grant_role(dora, find_role("admin"), actor=ACTOR)
            outcome: list[str] = []
            attempt(tenant, action, outcome)
            assert outcome == ["done"]
