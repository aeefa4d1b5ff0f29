"""Over random worlds: whatever somebody does, nobody reaches more than they and the doer did.

One of the people tries to grant, pass on, move, edit and invite at random. What is refused
changes nothing; of what succeeds, each person's reach afterwards, now and at later moments, lies
within what they reached before and what the doer reached.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.services.projects import update_project
from iac_platform.common.errors import DomainError
from iac_platform.common.permissions import Scope, get
from rbac.access.holdings import Limits, Period
from rbac.models import RoleGrant, User
from rbac.policy import check, held_scope
from rbac.selectors import user_by_id
from rbac.services.grants import delegate_role, grant_role, revoke_grant
from rbac.services.roles import create_role, update_role
from rbac.services.teams import add_member, remove_member, update_team
from rbac.services.users import create_user
from tests.conftest import ACTOR
from tests.rbac.access.actors import at, make_manager
from tests.rbac.access.worlds import (
    IN_PROJECTS,
    TENANT_WIDE,
    ServicePlan,
    World,
    in_a_world,
    indices,
    plans,
    slowly,
)
from tests.sampling import examples

if TYPE_CHECKING:
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
actions = st.one_of(
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
@settings(
    slowly, max_examples=examples("of what people do", full=40, few=6), phases=[Phase.generate]
)
@given(plan=small_plans, held=holdings, acts=st.lists(actions, min_size=3, max_size=8))
def test_nobody_gains_more_than_they_and_the_actor_held(
    acme: Tenant, plan: ServicePlan, held: list[Any], acts: list[Any]
) -> None:
    def act_and_look(world: World) -> None:
        actor = world.users[0]
        passing_on = create_role(
            name="Passes on",
            permissions={"role.delegate": "own", "role.grant": "tenant"},
            actor=ACTOR,
        )
        grant_role(actor, passing_on, actor=ACTOR)
        make_manager(actor)
        for action in acts:
            before, doers = _reach_of_all(), _reach(actor, with_own=True)
            try:
                with transaction.atomic():
                    _do(world, action, actor)
            except DomainError as refusal:
                event(f"{action[0]}: {refusal.code}")
                assert _reach_of_all() == before
                continue
            event(f"{action[0]}: done")
            for person, after in _reach_of_all().items():
                for moment, reached in after.items():
                    allowed = before.get(person, {}).get(moment, set()) | doers[moment]
                    assert reached <= allowed, (action, person, moment)

    in_a_world(acme, replace(plan, grants=[*held, *plan.grants]), act_and_look)


def _do(world: World, action: Any, actor: User) -> None:
    """Carry out what was drawn."""
    kind, *rest = action
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
        with at(hours):
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
                and permission.limitable_by == ()
                and held.covers(scope)
            }
        reached[number] = found
    return reached
