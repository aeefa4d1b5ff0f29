"""Random worlds of one tenant: teams, roles, grants and objects, made by the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import Scope, declared
from rbac.access.holdings import Limits, Period
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from rbac.models import Role, Team, User
    from tenants.models import Tenant

IN_PROJECTS = [p for p in declared() if Scope.TEAM in p.scopes]
TENANT_WIDE = [p for p in declared() if Scope.TENANT in p.scopes]
SCOPED = st.sampled_from(
    [
        (permission.name, str(scope))
        for permission in (*IN_PROJECTS, *IN_PROJECTS, *TENANT_WIDE)
        for scope in permission.scopes
        if scope is not Scope.GLOBAL
    ]
)
PEOPLE, TEAMS, ROLES, PROJECTS = 3, 4, 4, 3
indices = st.integers(0, 9)


@dataclass
class World:
    """What was made."""

    users: list[User] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)


@dataclass(frozen=True)
class ServicePlan:
    """What to make; numbers are taken modulo how many there are."""

    parents: list[int | None]
    members: set[tuple[int, int]]
    permissions: list[dict[str, str]]
    inherits: list[set[int]]
    projects: list[tuple[int, int | None]]
    blueprints: list[tuple[int, int]]
    grants: list[tuple[bool, int, int, set[int] | None, int, int | None]]


plans = st.builds(
    ServicePlan,
    parents=st.lists(st.none() | indices, min_size=TEAMS, max_size=TEAMS),
    members=st.sets(st.tuples(indices, indices), max_size=5),
    permissions=st.lists(st.lists(SCOPED, max_size=6).map(dict), min_size=ROLES, max_size=ROLES),
    inherits=st.lists(st.sets(indices, max_size=2), min_size=ROLES, max_size=ROLES),
    projects=st.lists(
        st.tuples(indices, st.none() | indices), min_size=PROJECTS, max_size=PROJECTS
    ),
    blueprints=st.lists(st.tuples(indices, indices), max_size=5),
    grants=st.lists(
        st.tuples(
            st.booleans(),  # to a team
            indices,
            indices,  # the role
            st.none() | st.sets(indices, min_size=1, max_size=2),  # limits
            st.sampled_from([-1, 0, 1]),  # begins in so many hours
            st.none() | st.sampled_from([1, 2]),  # ends so many hours later
        ),
        max_size=6,
    ),
)


def build(plan: ServicePlan) -> World:
    """Make the plan's world in the current scope."""
    world = World()
    for number in range(PEOPLE):
        world.users.append(create_user(username=f"u{number}", actor=ACTOR))
    for number, parent in enumerate(plan.parents):
        above = world.teams[parent % number] if parent is not None and number else None
        world.teams.append(create_team(name=f"t{number}", parent=above, actor=ACTOR))
    for number, permissions in enumerate(plan.permissions):
        parents = {world.roles[each % number].key for each in plan.inherits[number] if number}
        world.roles.append(
            create_role(name=f"r{number}", permissions=permissions, inherits=parents, actor=ACTOR)
        )
    for user, team in plan.members:
        add_member(world.teams[team % TEAMS], world.users[user % PEOPLE], actor=ACTOR)
    for number, (owner, holder) in enumerate(plan.projects):
        world.projects.append(
            Project.objects.create(
                name=f"p{number}",
                created_by=world.users[owner % PEOPLE],
                team=None if holder is None else world.teams[holder % TEAMS],
            )
        )
    for number, (owner, project) in enumerate(plan.blueprints):
        Blueprint.objects.create(
            name=f"b{number}",
            created_by=world.users[owner % PEOPLE],
            project=world.projects[project % PROJECTS],
        )
    for each in plan.grants:
        _grant(world, *each)
    return world


def _grant(
    world: World,
    to_team: bool,  # drawn
    to: int,
    role: int,
    limits: set[int] | None,
    begins: int,
    lasts: int | None,
) -> None:
    now = timezone.now()
    chosen = limits and frozenset(world.projects[each % PROJECTS].pk for each in limits)
    period = Period(
        now + timedelta(hours=begins) if begins else None,
        now + timedelta(hours=begins + lasts, minutes=1) if lasts else None,
    )
    grant_role(
        world.teams[to % TEAMS] if to_team else world.users[to % PEOPLE],
        world.roles[role % ROLES],
        limits=Limits(projects=chosen or None),
        period=period,
        actor=ACTOR,
    )


def in_a_world(tenant: Tenant, plan: ServicePlan, then: Callable[[World], None]) -> None:
    """Make a world, look at it, and take it away again."""
    with tenant_scope(tenant), transaction.atomic():
        then(build(plan))
        transaction.set_rollback(True)


slowly = settings(
    max_examples=examples("of worlds of grants", full=20, few=3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
