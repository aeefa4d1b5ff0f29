"""Over random worlds: whatever somebody does, nobody reaches more than they and the doer did.

One of the people tries to grant, pass on, move, edit and invite at random. What is refused
changes nothing; of what succeeds, each person's reach afterwards, now and at later moments, lies
within what they reached before and what the doer reached.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.services.projects import update_project
from iac_platform.common.errors import DomainError
from iac_platform.common.permissions import Scope, get
from rbac.access.holdings import Limits, Period
from rbac.errors import CannotDelegate, CannotGrant, LastAdmin
from rbac.models import RoleGrant, Team, TeamMember, User
from rbac.policy import NotPermitted, check, held_scope
from rbac.selectors import user_by_id
from rbac.services.grants import delegate_role, grant_role, revoke_grant, revoke_role
from rbac.services.roles import create_role, find_role, update_role
from rbac.services.teams import add_member, create_team, remove_member, update_team
from rbac.services.users import create_user, update_user
from tests.conftest import ACTOR, Person
from tests.rbac.access.test_one_rule import (
    IN_PROJECTS,
    TENANT_WIDE,
    Plan,
    World,
    in_a_world,
    indices,
    plans,
    slowly,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenants.models import Tenant

    Reach = dict[int, set[Any]]

# Hours from now: while grants of the worlds begin, and after all of them have ended.
MOMENTS = (0, 1.5, 2.5, 24 * 365)
periods = st.builds(
    lambda begins, lasts: (begins, lasts),
    st.sampled_from([None, 1]),
    st.sampled_from([None, 1, 48]),
)
# Few permissions, so that people hold what they would give, and not always widely enough.
FEW = st.sampled_from(
    [
        (name, scope)
        for name in ("blueprint.view", "blueprint.update")
        for scope in ("own", "team", "tenant")
    ]
)
few_roles = st.lists(FEW, min_size=1, max_size=2).map(dict)
small_plans = st.builds(
    replace,
    plans,
    permissions=st.lists(few_roles, min_size=4, max_size=4),
    inherits=st.lists(st.sets(indices, max_size=1), min_size=4, max_size=4),
    # Everybody in some team, and every project of one.
    members=st.sets(st.tuples(indices, indices), min_size=4, max_size=7),
    projects=st.lists(st.tuples(st.sampled_from([1, 2]), indices), min_size=3, max_size=3),
)
# What the doer holds besides: a role, limits, and from when until when.
limits = st.none() | st.sets(indices, min_size=1, max_size=2)
holdings = st.lists(
    st.tuples(
        st.just(False),  # noqa: FBT003  # to the user
        st.just(0),
        indices,
        limits,
        st.sampled_from([-1, 0]),
        st.sampled_from([None, 2, 3]),
    ),
    min_size=2,
    max_size=3,
)
deeds = st.one_of(
    st.tuples(
        st.sampled_from(["grant", "delegate"]),
        *(st.booleans(), indices, indices),
        limits,
        periods,
    ),
    st.tuples(st.sampled_from(["join", "leave", "put under"]), indices, indices),
    st.tuples(st.just("edit"), indices, few_roles, indices),
    st.tuples(st.just("make"), few_roles, indices),
    st.tuples(st.just("invite"), indices),
    st.tuples(st.just("revoke"), indices),
    st.tuples(st.just("share"), indices, indices),
)


# Worlds are slow to shrink, and small as they are.
@settings(slowly, max_examples=40, phases=[Phase.generate])
@given(plan=small_plans, held=holdings, acts=st.lists(deeds, min_size=3, max_size=8))
def test_nobody_reaches_more_than_they_and_the_doer_did(
    acme: Tenant, plan: Plan, held: list[Any], acts: list[Any]
) -> None:
    def act_and_look(world: World) -> None:
        actor = world.users[0]
        passing_on = create_role(
            name="Passes on",
            permissions={"role.delegate": "own", "role.grant": "tenant"},
            actor=ACTOR,
        )
        grant_role(actor, passing_on, actor=ACTOR)
        for deed in acts:
            before, doers = _reach_of_all(), _reach(actor, with_own=True)
            try:
                with transaction.atomic():
                    _do(world, deed, actor)
            except DomainError as refusal:
                event(f"{deed[0]}: {refusal.code}")
                assert _reach_of_all() == before
                continue
            event(f"{deed[0]}: done")
            for person, after in _reach_of_all().items():
                for moment, reached in after.items():
                    allowed = before.get(person, {}).get(moment, set()) | doers[moment]
                    assert reached <= allowed, (deed, person, moment)

    in_a_world(acme, replace(plan, grants=[*held, *plan.grants]), act_and_look)


def _do(world: World, deed: Any, actor: User) -> None:
    """Carry out what was drawn."""
    kind, *rest = deed
    if kind in ("grant", "delegate"):
        _give(world, kind, actor, *rest)
    elif kind in ("join", "leave"):
        change = add_member if kind == "join" else remove_member
        change(_of(world.teams, rest[0]), _of(world.users, rest[1]), actor=actor)
    elif kind == "put under":
        changes = {"parent": _of(world.teams, rest[1])}
        update_team(_of(world.teams, rest[0]), changes=changes, actor=actor)
    elif kind == "edit":
        changes = {"permissions": rest[1], "inherits": [_of(world.roles, rest[2]).key]}
        update_role(_of(world.roles, rest[0]), changes=changes, actor=actor)
    elif kind == "make":
        inherits = [_of(world.roles, rest[1]).key]
        world.roles.append(
            create_role(name="Made", permissions=rest[0], inherits=inherits, actor=actor)
        )
    elif kind == "share":
        project = _of(world.projects, rest[0])
        if check(user_by_id(actor.pk), get("project.update"), Project.objects.get(pk=project.pk)):
            changes = {"team": _of(world.teams, rest[1])}
            update_project(project, changes=changes, actor=user_by_id(actor.pk) or actor)
    elif kind == "invite":
        role = _of(world.roles, rest[0]).key
        world.users.append(create_user(username="invited", roles=[role], actor=actor))
    elif grants := list(RoleGrant.objects.order_by("created_at", "id")):
        revoke_grant(_of(grants, rest[0]), actor=actor)


def _give(
    world: World,
    kind: str,
    actor: User,
    to_team: bool,  # drawn
    to: int,
    role: int,
    limits: set[int] | None,
    period: tuple[int | None, int | None],
) -> None:
    chosen = limits and frozenset(_of(world.projects, each).pk for each in limits)
    begins, lasts = period
    start = None if begins is None else timezone.now() + timedelta(hours=begins)
    end = None if lasts is None else timezone.now() + timedelta(hours=(begins or 0) + lasts)
    given_limits, given_period = Limits(projects=chosen or None), Period(start, end)
    person, which = _of(world.users, to), _of(world.roles, role)
    if kind == "delegate":
        delegate_role(person, which, actor=actor, period=given_period, limits=given_limits)
    else:
        receiver = _of(world.teams, to) if to_team else person
        grant_role(receiver, which, actor=actor, period=given_period, limits=given_limits)


def _of(things: list[Any], number: int) -> Any:
    return things[number % len(things)]


def _reach_of_all() -> dict[Any, Reach]:
    return {user.pk: _reach(user) for user in User.objects.filter(username__regex="^u|^invited")}


def _reach(user: User, *, with_own: bool = False) -> Reach:
    """What somebody may do, at each moment: to objects, and in the whole tenant.

    What is their own is left out of those who receive: whoever may change what is theirs may
    let others change what is the others' own.
    """
    reader = user_by_id(user.pk)
    left_out = {} if with_own else {"created_by": user}
    objects = [
        *Project.objects.exclude(**left_out),
        *Blueprint.objects.exclude(**left_out).select_related("project"),
    ]
    reached: Reach = {}
    for number, hours in enumerate(MOMENTS):
        with _at(hours):
            found: set[Any] = {
                (permission.name, each.pk)
                for permission in IN_PROJECTS
                for each in objects
                if check(reader, permission, each)
            }
            found |= {
                (permission.name, scope)
                for permission in TENANT_WIDE
                for scope in permission.scopes
                if scope is not Scope.TEAM
                and (held := held_scope(reader, permission)) is not None
                and permission.boundaries == ()
                and held.covers(scope)
            }
        reached[number] = found
    return reached


@contextmanager
def _at(hours: float) -> Iterator[None]:
    moment = timezone.now() + timedelta(hours=hours)
    with patch("rbac.access.holdings.timezone.now", lambda: moment):
        yield


# --- Singly, each with its twin that succeeds -------------------------------------------
class Cast:
    """An admin, and una, who holds the role Engineer for all projects, in the team Builders."""

    def __init__(self, admin: User) -> None:
        self.admin = admin
        self.una = create_user(username="una", roles=["system-engineer"], actor=ACTOR)
        self.ben = create_user(username="ben", actor=ACTOR)
        self.builders = create_team(name="Builders", actor=ACTOR)
        add_member(self.builders, self.una, actor=ACTOR)
        self.others = create_team(name="Others", actor=ACTOR)
        self.projects = [Project.objects.create(name=name) for name in ("Mine", "Other")]

    def role(self, **permissions: str) -> Any:
        """A role with these permissions; ``__`` stands for the dot."""
        named = {name.replace("__", "."): scope for name, scope in permissions.items()}
        return create_role(name=f"Role {'-'.join(named)}", permissions=named, actor=ACTOR)


@pytest.fixture
def cast(in_scope: Tenant, person: Person) -> Cast:
    return Cast(person(in_scope, "admin"))


def again(user: User) -> User:
    found = user_by_id(user.pk)
    assert found is not None
    return found


def refused(deed: Callable[[], Any], error: type[DomainError] = CannotGrant) -> None:
    """It is refused, and nobody has another role, team or permission than before."""
    before = _rights()
    with pytest.raises(error), transaction.atomic():
        deed()
    assert _rights() == before


def _rights() -> list[Any]:
    """Every grant and membership, and what each of the people holds by them."""
    people = User.objects.filter(is_active=True)
    return [
        list(RoleGrant.objects.order_by("id").values_list()),
        list(TeamMember.objects.order_by("id").values_list()),
        list(Team.objects.order_by("id").values_list("id", "ancestors")),
        {user.pk: again(user).access.entitlements for user in people},
    ]


def test_a_role_held_for_one_project_is_granted_for_that_one_alone(cast: Cast) -> None:
    role = cast.role(blueprint__view="tenant", blueprint__update="tenant")
    mine, other = (frozenset({project.pk}) for project in cast.projects)
    held = grant_role(cast.ben, role, limits=Limits(projects=mine), actor=ACTOR)
    ben = again(cast.ben)
    refused(lambda: grant_role(cast.una, find_role("viewer"), actor=ben))
    for limits in (Limits(), Limits(projects=other), Limits(projects=mine | other)):
        refused(lambda limits=limits: grant_role(cast.others, role, limits=limits, actor=ben))  # type: ignore[misc]  # bound at once
    grant_role(cast.others, role, limits=held.limits, actor=ben)


def test_a_role_held_for_a_while_is_granted_for_no_longer(cast: Cast) -> None:
    role = cast.role(blueprint__delete="tenant")
    end = timezone.now() + timedelta(days=1)
    grant_role(cast.ben, role, period=Period(expires_at=end), actor=ACTOR)
    ben = again(cast.ben)
    refused(lambda: grant_role(cast.others, role, actor=ben))
    later = Period(expires_at=end + timedelta(seconds=1))
    refused(lambda: grant_role(cast.others, role, period=later, actor=ben))
    grant_role(cast.others, role, period=Period(expires_at=end), actor=ben)


def test_a_role_that_begins_tomorrow_is_not_granted_today(cast: Cast) -> None:
    role = cast.role(blueprint__delete="tenant")
    tomorrow = Period(starts_at=timezone.now() + timedelta(days=1))
    grant_role(cast.ben, role, period=tomorrow, actor=ACTOR)
    refused(lambda: grant_role(cast.others, role, period=tomorrow, actor=again(cast.ben)))
    with _at(25):
        grant_role(cast.others, role, actor=again(cast.ben))


def test_what_one_may_do_in_ones_team_is_not_given_to_another_team(cast: Cast) -> None:
    role = cast.role(blueprint__delete="team")
    grant_role(cast.ben, role, actor=ACTOR)
    add_member(cast.builders, cast.ben, actor=ACTOR)
    ben = again(cast.ben)
    refused(lambda: grant_role(cast.others, role, actor=ben))
    grant_role(cast.builders, role, actor=ben)


def test_nobody_lets_another_do_in_their_team_what_they_cannot_do_there(cast: Cast) -> None:
    """Ben may delete in his teams; una, who may not, is in the team of these projects."""
    mine = Project.objects.create(name="Of the builders", team=cast.builders)
    blueprint = Blueprint.objects.create(project=mine, name="network")
    grant_role(cast.ben, cast.role(blueprint__delete="team"), actor=ACTOR)
    una, delete = again(cast.una), get("blueprint.delete")
    refused(lambda: add_member(cast.builders, cast.ben, actor=una))
    assert not check(again(cast.ben), delete, blueprint)
    add_member(cast.builders, cast.ben, actor=cast.admin)
    assert check(again(cast.ben), delete, blueprint)


def test_a_team_s_role_reaches_into_its_members_other_teams(cast: Cast) -> None:
    """So whoever grants it must reach there too."""
    role = cast.role(blueprint__delete="team")
    grant_role(cast.una, role, actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    for team in (cast.builders, cast.others):
        add_member(team, carl, actor=ACTOR)
    refused(lambda: grant_role(cast.builders, role, actor=again(cast.una)))
    add_member(cast.others, cast.una, actor=ACTOR)
    grant_role(cast.builders, role, actor=again(cast.una))


def test_nobody_puts_into_a_team_what_gives_more_than_they_hold(cast: Cast) -> None:
    grant_role(cast.others, find_role("admin"), actor=ACTOR)
    una = again(cast.una)
    refused(lambda: add_member(cast.others, una, actor=una))
    refused(lambda: add_member(cast.others, cast.ben, actor=una))
    refused(lambda: update_team(cast.builders, changes={"parent": cast.others}, actor=una))
    refused(lambda: create_team(name="Part", parent=cast.others, actor=una))
    # To take somebody out is to take what one does not hold.
    add_member(cast.others, cast.ben, actor=cast.admin)
    refused(lambda: remove_member(cast.others, cast.ben, actor=una))
    assert again(cast.ben).access.scope_of("user.update") is Scope.TENANT
    remove_member(cast.others, cast.ben, actor=cast.admin)
    assert again(cast.ben).access.entitlements == {}


def test_nobody_makes_a_role_of_what_they_do_not_hold_for_the_whole_tenant(cast: Cast) -> None:
    una = again(cast.una)
    refused(lambda: create_role(name="X", permissions={"user.update": "tenant"}, actor=una))
    # She deletes her own blueprints, and no others.
    refused(lambda: create_role(name="X", permissions={"blueprint.delete": "tenant"}, actor=una))
    refused(lambda: create_role(name="X", inherits=["admin"], actor=una))
    role = create_role(name="X", permissions={"blueprint.delete": "own"}, actor=una)
    refused(lambda: update_role(role, changes={"inherits": ["admin"]}, actor=una))
    theirs = cast.role(user__update="tenant")
    refused(lambda: update_role(theirs, changes={"permissions": {}}, actor=una))
    update_role(role, changes={"permissions": {"blueprint.view": "tenant"}}, actor=una)
    update_role(theirs, changes={"permissions": {}}, actor=cast.admin)


def test_nobody_invites_or_changes_people_beyond_their_own_rights(cast: Cast) -> None:
    refused(
        lambda: create_user(username="new", roles=["viewer"], actor=again(cast.una)), NotPermitted
    )
    grant_role(cast.una, cast.role(role__grant="tenant"), actor=ACTOR)
    una = again(cast.una)
    refused(lambda: create_user(username="new", roles=["admin"], actor=una))
    assert not User.objects.filter(username="new").exists()
    refused(lambda: update_user(cast.admin, changes={"is_active": False}, actor=una))
    refused(lambda: revoke_role(cast.admin, find_role("admin"), actor=una))
    create_user(username="new", roles=["viewer"], actor=una)
    update_user(cast.ben, changes={"is_active": False}, actor=una)


def test_a_deactivated_grantor_s_session_gives_nothing_more(cast: Cast) -> None:
    """Their user was read before they were deactivated, as by a request that still runs."""
    una = again(cast.una)
    assert una.access.entitlements
    update_user(cast.una, changes={"is_active": False}, actor=cast.admin)
    refused(lambda: grant_role(cast.ben, find_role("viewer"), actor=una))
    update_user(cast.una, changes={"is_active": True}, actor=cast.admin)
    grant_role(cast.ben, find_role("viewer"), actor=again(cast.una))


# --- The last admin ----------------------------------------------------------------------
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


# --- Passing on --------------------------------------------------------------------------
def for_a_day() -> Period:
    return Period(expires_at=timezone.now() + timedelta(days=1))


@pytest.fixture
def giver(cast: Cast) -> User:
    """Somebody who may pass on, and holds the role that ``passed`` is of."""
    grant_role(cast.una, cast.role(role__delegate="own"), actor=ACTOR)
    return again(cast.una)


def test_what_is_passed_on_ends_with_what_the_giver_holds(cast: Cast, giver: User) -> None:
    role = find_role("system-engineer")
    reader = get("blueprint.update")
    delegate_role(cast.ben, role, actor=giver, period=for_a_day())
    assert check(again(cast.ben), reader)
    revoke_role(cast.una, role, actor=cast.admin)
    assert not check(again(cast.ben), reader)
    assert not RoleGrant.objects.filter(delegated_by=cast.una).exists()


def test_what_is_passed_on_ends_when_the_giver_is_deactivated(cast: Cast, giver: User) -> None:
    delegate_role(cast.ben, find_role("viewer"), actor=giver, period=for_a_day())
    assert check(again(cast.ben), get("project.view"))
    update_user(cast.una, changes={"is_active": False}, actor=cast.admin)
    assert not check(again(cast.ben), get("project.view"))
    # And does not come back with them.
    update_user(cast.una, changes={"is_active": True}, actor=cast.admin)
    assert not check(again(cast.ben), get("project.view"))


def test_what_was_passed_on_to_one_is_not_passed_on_again(cast: Cast, giver: User) -> None:
    delegate_role(cast.ben, find_role("viewer"), actor=giver, period=for_a_day())
    grant_role(cast.ben, cast.role(role__delegate="own", user__view="own"), actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    ben = again(cast.ben)
    refused(lambda: delegate_role(carl, find_role("viewer"), actor=ben, period=for_a_day()))
    grant_role(cast.ben, find_role("viewer"), actor=ACTOR)
    delegate_role(carl, find_role("viewer"), actor=again(ben), period=for_a_day())


def test_passing_on_has_its_limits(cast: Cast, giver: User) -> None:
    viewer = find_role("viewer")

    def pass_on(to: User, role: Any, period: Period, by: User = giver) -> None:
        delegate_role(to, role, actor=by, period=period)

    too_long = Period(expires_at=timezone.now() + timedelta(days=91))
    refused(lambda: pass_on(cast.ben, viewer, Period()), CannotDelegate)
    refused(lambda: pass_on(cast.ben, viewer, too_long), CannotDelegate)
    refused(lambda: pass_on(cast.una, viewer, for_a_day()), CannotDelegate)
    # The roles of people stay with whom they are granted to.
    keeps = cast.role(user__update="tenant")
    grant_role(cast.una, keeps, actor=ACTOR)
    refused(lambda: pass_on(cast.ben, keeps, for_a_day(), again(giver)), CannotDelegate)
    # More than one holds; and by somebody who may not pass on at all.
    refused(lambda: pass_on(cast.ben, find_role("solution-architect"), for_a_day()))
    grant_role(cast.ben, viewer, actor=ACTOR)
    by_ben = again(cast.ben)
    refused(lambda: pass_on(cast.una, viewer, for_a_day(), by_ben), NotPermitted)
    pass_on(cast.ben, find_role("system-engineer"), for_a_day())
    assert check(again(cast.ben), get("blueprint.update"))
