"""Changes of access at the same moment: what is read before the wait is read again after it.

Each structure that says who may do what, and that a change reads before it takes the lock of
the tenant's access, is changed by two at once, on connections of their own, with everything
committed. What comes out is what one after the other would have made.
"""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from blueprints.catalog.models import Project
from blueprints.catalog.services.projects import create_project, update_project
from iac_platform.common.errors import DomainError
from rbac.models import ApiToken, RoleGrant, RoleParent, Team, User
from rbac.selectors import token_by_digest, user_by_id
from rbac.services import tokens
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
from rbac.services.tokens import create_token, revoke_token, rotate_token
from rbac.services.users import create_user, update_user
from rbac.tokens import digest
from tenants.context import tenant_scope
from tenants.database.roles import owner_connection
from tenants.models import Tier
from tests.conftest import ACTOR
from tests.rbac.access.actors import for_a_day, make_manager

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

    Deed = Callable[[], Any]


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant whose changes are committed."""
    return committed_tenants(request.param)


def _attempt(tenant: Tenant, deed: Deed, outcomes: list[str]) -> None:
    try:
        with tenant_scope(tenant):
            deed()
        outcomes.append("done")
    except DomainError as refusal:
        outcomes.append(refusal.code)
    except Exception as failure:  # noqa: BLE001  # the test looks at it
        outcomes.append(repr(failure))
    finally:
        connections.close_all()


def at_once(tenant: Tenant, *deeds: Deed) -> list[str]:
    """Do these at the same moment; what came of each: done, or the code of the refusal."""
    outcomes: list[list[str]] = [[] for _ in deeds]
    ready = threading.Barrier(len(deeds))

    def begin(deed: Deed) -> Deed:
        def run() -> None:
            connection.ensure_connection()
            ready.wait(timeout=60)
            deed()

        return run

    threads = [
        threading.Thread(target=_attempt, args=[tenant, begin(deed), outcome])
        for deed, outcome in zip(deeds, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcome[0] for outcome in outcomes]


_BLOCKED = """
    SELECT count(*) FROM pg_locks l
     WHERE NOT l.granted AND %s = ANY(pg_blocking_pids(l.pid))
"""


def overtaken(tenant: Tenant, *, first: Deed, second: Deed) -> str:
    """What comes of ``second`` when ``first`` commits while it waits for the lock.

    The second has read what it was called with before; that is what this is about.
    """
    outcome: list[str] = []
    thread = threading.Thread(target=_attempt, args=[tenant, second, outcome])
    with tenant_scope(tenant), transaction.atomic():
        first()
        thread.start()
        _until_it_waits()
    thread.join()
    return outcome[0]


def _until_it_waits() -> None:
    """Return when somebody waits for a lock that this transaction holds.

    The owner looks: the application role sees nobody else's locks.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    deadline = timezone.now() + timedelta(seconds=60)
    with closing(owner_connection()) as owner, owner.cursor() as cursor:
        while timezone.now() < deadline:
            cursor.execute(_BLOCKED, [own])
            if cursor.fetchone()[0]:
                return
    pytest.fail("Nobody waited: the second change takes no lock that the first one holds.")


# --- Teams ------------------------------------------------------------------------------
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


def under(team: Team, parent: Team | None) -> Deed:
    """The deed of somebody who has read both teams now."""
    return lambda: update_team(team, changes={"parent": parent}, actor=ACTOR)


def teams_named(*names: str) -> list[Team]:
    return [create_team(name=name, actor=ACTOR) for name in names]


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
    make: Deed = lambda: create_team(name="New", parent=fresh, actor=ACTOR)  # noqa: E731  # a deed
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
    deeds = [under(teams[team], None if to is None else teams[to]) for team, to in moves]
    outcomes = at_once(tenant, *deeds)
    assert set(outcomes) <= {"done", "invalid-team"}, outcomes
    with tenant_scope(tenant):
        require_sound_teams()


def _attempt_here(deed: Deed, outcomes: list[str]) -> None:
    try:
        deed()
        outcomes.append("done")
    except DomainError as refusal:
        outcomes.append(refusal.code)


# --- What grants refer to ---------------------------------------------------------------
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

    grant: Deed = lambda: grant_role(read_before, in_teams, actor=acting)  # noqa: E731  # a deed
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
    second: Deed = lambda: grant_role(team, role, actor=ACTOR)  # noqa: E731  # a deed
    assert overtaken(home, first=first[what], second=second) == "unknown-reference"
    with tenant_scope(home):
        assert not RoleGrant.objects.exists()


@pytest.mark.parametrize("what", ["team", "role"])
def test_what_was_deleted_meanwhile_is_not_found(home: Tenant, what: str) -> None:
    with tenant_scope(home):
        role = create_role(name="Short", actor=ACTOR)
        [team] = teams_named("Short")
        user = create_user(username="una", actor=ACTOR)
    gone: dict[str, tuple[Deed, list[Deed]]] = {
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
    delete, deeds = gone[what]
    assert overtaken(home, first=delete, second=deeds[0]) == "object-not-found"
    for deed in deeds:
        outcome: list[str] = []
        _attempt(home, deed, outcome)
        assert outcome == ["object-not-found"]


def test_nothing_is_passed_on_to_who_was_deactivated_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        una = create_user(username="una", roles=["enterprise-architect"], actor=ACTOR)
        ben = create_user(username="ben", actor=ACTOR)
        acting, viewer = user_by_id(una.pk), find_role("viewer")
        assert acting is not None

    def pass_on() -> RoleGrant:
        return delegate_role(ben, viewer, actor=acting, period=for_a_day())

    leave: Deed = lambda: update_user(ben, changes={"is_active": False}, actor=ACTOR)  # noqa: E731  # a deed
    assert overtaken(home, first=leave, second=pass_on) == "cannot-delegate"
    with tenant_scope(home):
        update_user(ben, changes={"is_active": True}, actor=ACTOR)
        pass_on()


# --- The right itself -------------------------------------------------------------------
def _deeds(home: Tenant) -> dict[str, Deed]:
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


DEEDS = (
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
        deeds = _deeds(tenant)
        dora = User.objects.get(username="dora")
        grant = RoleGrant.objects.get(user=dora)
    assert set(deeds) == set(DEEDS)
    for name, deed in deeds.items():
        with subtests.test(name):
            with tenant_scope(tenant):
                grant = RoleGrant.objects.filter(user=dora).first() or grant_role(
                    dora, find_role("admin"), actor=ACTOR
                )
            lose = lambda grant=grant: revoke_grant(grant, actor=ACTOR)  # noqa: E731  # a deed
            assert overtaken(tenant, first=lose, second=deed) == "permission-denied"
            with tenant_scope(tenant):
                grant_role(dora, find_role("admin"), actor=ACTOR)
            outcome: list[str] = []
            _attempt(tenant, deed, outcome)
            assert outcome == ["done"]


# --- Projects and teams -----------------------------------------------------------------
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
    leave: Deed = lambda: remove_member(team, una, actor=ACTOR)  # noqa: E731  # a deed
    deeds: list[Deed] = [
        lambda: create_project(name="New", team=team, actor=acting),
        lambda: update_project(mine, changes={"team": team}, actor=acting),
    ]
    for deed in deeds:
        with tenant_scope(home):
            add_member(team, una, actor=ACTOR)
        assert overtaken(home, first=leave, second=deed) == "permission-denied"
        with tenant_scope(home):
            assert not Project.objects.filter(team=team).exists()
    with tenant_scope(home):
        add_member(team, una, actor=ACTOR)
    for deed in deeds:
        outcome: list[str] = []
        _attempt(home, deed, outcome)
        assert outcome == ["done"]


def test_a_project_is_given_to_no_team_that_was_deleted_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        [team] = teams_named("Builders")
    second: Deed = lambda: create_project(name="New", team=team, actor=ACTOR)  # noqa: E731  # a deed
    first: Deed = lambda: delete_team(team, actor=ACTOR)  # noqa: E731  # a deed
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
    give: Deed = lambda: update_project(project, changes={"team": others}, actor=ACTOR)  # noqa: E731  # a deed
    rename: Deed = lambda: update_project(project, changes={"name": "Q"}, actor=acting)  # noqa: E731  # a deed
    # Una may not even see it any more.
    assert overtaken(home, first=give, second=rename) == "project-not-found"
    with tenant_scope(home):
        update_project(project, changes={"team": mine}, actor=ACTOR)
        rename()


# --- Roles, accounts, tokens ------------------------------------------------------------
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
    leave: Deed = lambda: update_user(una, changes={"is_active": False}, actor=ACTOR)  # noqa: E731  # a deed
    make: Deed = lambda: create_service_account(username="other", owner=una.pk, actor=ACTOR)  # noqa: E731  # a deed
    assert overtaken(home, first=leave, second=make) == "invalid-user"
    with tenant_scope(home):
        update_user(una, changes={"is_active": True}, actor=ACTOR)
        change: Deed = lambda: update_service_account(  # noqa: E731  # a deed
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
    rotate: Deed = lambda: rotate_token(row, actor=una, grace_period=timedelta(minutes=5))  # noqa: E731  # a deed
    make: Deed = lambda: create_token(acting, name="new", expires_at=later, actor=acting)  # noqa: E731  # a deed
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
    revoke: Deed = lambda: revoke_token(row, actor=ACTOR)  # noqa: E731  # a deed
    make: Deed = lambda: create_token(acting, name="after", actor=acting)  # noqa: E731  # a deed
    assert overtaken(home, first=revoke, second=make) == "cannot-grant"
    with tenant_scope(home):
        assert {token.name for token in ApiToken.objects.all()} == {"shown", "before"}


def test_no_token_is_made_for_somebody_who_was_deactivated_meanwhile(home: Tenant) -> None:
    with tenant_scope(home):
        create_user(username="root", roles=["admin"], actor=ACTOR)
        una = create_user(username="una", roles=["viewer"], actor=ACTOR)
        fresh = User.objects.get(pk=una.pk)
    deactivate: Deed = lambda: update_user(fresh, changes={"is_active": False}, actor=ACTOR)  # noqa: E731  # a deed
    make: Deed = lambda: create_token(una, name="new", actor=ACTOR)  # noqa: E731  # a deed
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
    first: Deed = lambda: create_token(una, name="first", actor=ACTOR)  # noqa: E731  # a deed
    second: Deed = lambda: create_token(una, name="second", actor=ACTOR)  # noqa: E731  # a deed
    assert overtaken(home, first=first, second=second) == "too-many-tokens"
    with tenant_scope(home):
        assert [token.name for token in ApiToken.objects.all()] == ["first"]
