"""Projects, roles, accounts and tokens changed while others change whose they are.

What is read before the wait for the lock of the tenant's access is read again after it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from blueprints.catalog.models import Project
from blueprints.catalog.services.projects import create_project, update_project
from rbac.models import ApiToken, RoleParent, User
from rbac.selectors import token_by_digest, user_by_id
from rbac.services import tokens
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, update_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.teams import (
    add_member,
    delete_team,
    remove_member,
)
from rbac.services.tokens import create_token, revoke_token, rotate_token
from rbac.services.users import create_user, update_user
from rbac.tokens import digest
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.actors import teams_named
from tests.rbac.access.concurrency import at_once, attempt, overtaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant

    Action = Callable[[], Any]


def test_who_left_the_team_while_they_waited_gives_it_no_project(home: Tenant) -> None:
    with tenant_scope(home):
        [team] = teams_named("Builders")
        una = create_user(username="una", actor=ACTOR)
        starts = {"project.create": "own", "project.update": "own", "project.view": "own"}
        grant_role(una, create_role(name="Starts", permissions=starts, actor=ACTOR), actor=ACTOR)
        add_member(team, una, actor=ACTOR)
        acting = user_by_id(una.pk)
        assert acting is not None
        mine = create_project(name="Mine", actor=acting)
    leave: Action = lambda: remove_member(team, una, actor=ACTOR)  # noqa: E731  # an action
    actions: list[Action] = [
        lambda: create_project(name="New", team=team, actor=acting),
        lambda: update_project(mine, changes={"team": team}, actor=acting),
    ]
    for action in actions:
        with tenant_scope(home):
            add_member(team, una, actor=ACTOR)
        assert overtaken(home, first=leave, second=action) == "permission-denied"
        with tenant_scope(home):
            assert not Project.objects.filter(team=team).exists()
    with tenant_scope(home):
        add_member(team, una, actor=ACTOR)
    for action in actions:
        outcome: list[str] = []
        attempt(home, action, outcome)
        assert outcome == ["done"]


def test_a_project_is_given_to_no_team_that_was_deleted_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        [team] = teams_named("Builders")
    second: Action = lambda: create_project(name="New", team=team, actor=ACTOR)  # noqa: E731  # an action
    first: Action = lambda: delete_team(team, actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=first, second=second) == "unknown-reference"


def test_who_may_change_a_project_is_asked_of_the_project_as_it_is_by_now(home: Tenant) -> None:
    """It was given to another team while they waited for it."""
    with tenant_scope(home):
        mine, others = teams_named("Mine", "Others")
        una = create_user(username="una", actor=ACTOR)
        names = ("project.view", "project.update", "project.delete")
        role = create_role(name="In teams", permissions=dict.fromkeys(names, "team"), actor=ACTOR)
        grant_role(una, role, actor=ACTOR)
        add_member(mine, una, actor=ACTOR)
        project = create_project(name="P", team=mine, actor=ACTOR)
        acting = user_by_id(una.pk)
        assert acting is not None
    give: Action = lambda: update_project(project, changes={"team": others}, actor=ACTOR)  # noqa: E731  # an action
    rename: Action = lambda: update_project(project, changes={"name": "Q"}, actor=acting)  # noqa: E731  # an action
    # Una may not even see it any more.
    assert overtaken(home, first=give, second=rename) == "project-not-found"
    with tenant_scope(home):
        update_project(project, changes={"team": mine}, actor=ACTOR)
        rename()


@pytest.mark.parametrize("attempt", range(2))
def test_of_two_roles_made_to_inherit_from_each_other_at_once_one_stays(
    home: Tenant, attempt: int
) -> None:
    del attempt
    with tenant_scope(home):
        left, right = (create_role(name=name, actor=ACTOR) for name in ("Left", "Right"))
    outcomes = at_once(
        home,
        lambda: update_role(left, changes={"inherits": [right.key]}, actor=ACTOR),
        lambda: update_role(right, changes={"inherits": [left.key]}, actor=ACTOR),
    )
    assert sorted(outcomes) == ["done", "invalid-role"]
    with tenant_scope(home):
        assert RoleParent.objects.count() == 1


def test_nobody_answers_for_an_account_who_was_deactivated_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        una = create_user(username="una", actor=ACTOR)
        account = create_service_account(username="robot", actor=ACTOR)
    leave: Action = lambda: update_user(una, changes={"is_active": False}, actor=ACTOR)  # noqa: E731  # an action
    make: Action = lambda: create_service_account(username="other", owner=una.pk, actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=leave, second=make) == "invalid-user"
    with tenant_scope(home):
        update_user(una, changes={"is_active": True}, actor=ACTOR)
        change: Action = lambda: update_service_account(  # noqa: E731  # an action
            account, changes={"owner": una.pk}, actor=ACTOR
        )
    assert overtaken(home, first=leave, second=change) == "invalid-user"
    with tenant_scope(home):
        update_user(una, changes={"is_active": True}, actor=ACTOR)
        change()
        assert User.objects.get(pk=account.pk).owner_id == una.pk


def test_a_token_is_made_through_another_within_what_that_one_lives_by_now(home: Tenant) -> None:
    """It was rotated while they waited, so it ends in a moment."""
    with tenant_scope(home):
        una = create_user(username="una", roles=["viewer"], actor=ACTOR)
        month = timezone.now() + timedelta(days=30)
        row, secret = create_token(una, name="shown", expires_at=month, actor=ACTOR)
        shown = token_by_digest(digest(secret))
        assert shown is not None
        acting = shown.user
    later = timezone.now() + timedelta(days=1)
    rotate: Action = lambda: rotate_token(row, actor=una, grace_period=timedelta(minutes=5))  # noqa: E731  # an action
    make: Action = lambda: create_token(acting, name="new", expires_at=later, actor=acting)  # noqa: E731  # an action
    assert overtaken(home, first=rotate, second=make) == "cannot-grant"
    with tenant_scope(home):
        assert not ApiToken.objects.filter(name="new").exists()
        soon = timezone.now() + timedelta(minutes=1)
        create_token(acting, name="new", expires_at=soon, actor=acting)


def test_no_token_is_made_through_one_that_was_revoked_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        una = create_user(username="una", roles=["viewer"], actor=ACTOR)
        row, secret = create_token(una, name="shown", actor=ACTOR)
        shown = token_by_digest(digest(secret))
        assert shown is not None
        acting = shown.user
        create_token(acting, name="before", actor=acting)
    revoke: Action = lambda: revoke_token(row, actor=ACTOR)  # noqa: E731  # an action
    make: Action = lambda: create_token(acting, name="after", actor=acting)  # noqa: E731  # an action
    assert overtaken(home, first=revoke, second=make) == "cannot-grant"
    with tenant_scope(home):
        assert {token.name for token in ApiToken.objects.all()} == {"shown", "before"}


def test_no_token_is_made_for_somebody_who_was_deactivated_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        create_user(username="root", roles=["admin"], actor=ACTOR)
        una = create_user(username="una", roles=["viewer"], actor=ACTOR)
        fresh = User.objects.get(pk=una.pk)
    deactivate: Action = lambda: update_user(fresh, changes={"is_active": False}, actor=ACTOR)  # noqa: E731  # an action
    make: Action = lambda: create_token(una, name="new", actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=deactivate, second=make) == "invalid-token"
    with tenant_scope(home):
        assert not ApiToken.objects.exists()
        update_user(fresh, changes={"is_active": True}, actor=ACTOR)
        create_token(una, name="new", actor=ACTOR)


def test_of_two_tokens_at_once_one_is_the_last_that_a_user_may_have(
    home: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    with tenant_scope(home):
        una = create_user(username="una", roles=["viewer"], actor=ACTOR)
    first: Action = lambda: create_token(una, name="first", actor=ACTOR)  # noqa: E731  # an action
    second: Action = lambda: create_token(una, name="second", actor=ACTOR)  # noqa: E731  # an action
    assert overtaken(home, first=first, second=second) == "too-many-tokens"
    with tenant_scope(home):
        assert [token.name for token in ApiToken.objects.all()] == ["first"]
