"""Over random teams, roles, grants and objects: ``list == {x : check(x)}``.

A world of one tenant is made by the services, as people would; then every permission is
asked of every user about every row, once as a filter and once as a predicate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import Scope, catalogue, declared, get
from rbac import policy
from rbac.access.holdings import Limits, Period
from rbac.models import Role, RoleGrant, Team, TeamMember, User
from rbac.policy import check, check_permission
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

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
class Plan:
    """What to make; numbers are taken modulo how many there are."""

    parents: list[int | None]
    members: set[tuple[int, int]]
    permissions: list[dict[str, str]]
    inherits: list[set[int]]
    projects: list[tuple[int, int | None]]
    blueprints: list[tuple[int, int]]
    grants: list[tuple[bool, int, int, set[int] | None, int, int | None]]


plans = st.builds(
    Plan,
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


def build(plan: Plan) -> World:
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


def in_a_world(tenant: Tenant, plan: Plan, then: Callable[[World], None]) -> None:
    """Make a world, look at it, and take it away again."""
    with tenant_scope(tenant), transaction.atomic():
        then(build(plan))
        transaction.set_rollback(True)


slowly = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@slowly
@given(plan=plans)
def test_the_list_shows_exactly_what_the_check_allows(acme: Tenant, plan: Plan) -> None:
    def compare(world: World) -> None:
        for user in world.users:
            reader = user_by_id(user.pk)
            assert reader is not None
            # What is not held reaches nothing; asking for one of these shows it.
            for name in (*reader.access.entitlements, "admin_site.use"):
                permission = get(name)
                for rows in _everything():
                    listed = {row.pk for row in rows.permitted(reader, permission)}
                    assert listed == {row.pk for row in rows if check(reader, permission, row)}

    in_a_world(acme, plan, compare)


def _everything() -> list[Any]:
    return [
        Project.objects.all(),
        Blueprint.objects.select_related("project"),
        User.objects.all(),
        Team.objects.all(),
        Role.objects.all(),
        RoleGrant.objects.all(),
    ]


@slowly
@given(plan=plans)
def test_the_rule_is_what_it_says(acme: Tenant, plan: Plan) -> None:
    """The same answers as a naive reading of the rule, written down once more here."""

    def compare(world: World) -> None:
        for user in world.users:
            reader = user_by_id(user.pk)
            for permission in IN_PROJECTS:
                for project in Project.objects.select_related("team"):
                    assert check(reader, permission, project) == _naively(
                        user, permission.name, project
                    )

    in_a_world(acme, plan, compare)


def _naively(user: User, name: str, project: Project) -> bool:
    """Whether any grant of the user or of a team of theirs reaches the project."""
    teams = set()
    for member in TeamMember.objects.filter(user=user).select_related("team"):
        team: Team | None = member.team
        while team is not None:
            teams.add(team.pk)
            team = team.parent
    now = timezone.now()
    for grant in RoleGrant.objects.all():
        mine = grant.user_id == user.pk or grant.team_id in teams
        begun = grant.starts_at is None or grant.starts_at <= now
        ended = grant.expires_at is not None and grant.expires_at <= now
        within = grant.projects is None or project.pk in grant.projects
        if (
            mine
            and begun
            and not ended
            and within
            and _role_reaches(grant.role, name, user, project, teams)
        ):
            return True
    return False


def _role_reaches(role: Role, name: str, user: User, project: Project, teams: set[Any]) -> bool:
    for row in role.permissions.all():
        scoped = catalogue()[row.permission_id]
        own = project.created_by_id == user.pk
        reaches = {
            Scope.OWN: own,
            Scope.TEAM: own or project.team_id in teams,
            Scope.TENANT: True,
        }[scoped.scope]
        if scoped.name == name and reaches:
            return True
    return any(
        _role_reaches(link.parent, name, user, project, teams) for link in role.parent_links.all()
    )


def test_a_permitted_list_is_one_statement(acme: Tenant) -> None:
    with tenant_scope(acme):
        user = create_user(username="una", roles=["system-engineer"], actor=ACTOR)
        reader = user_by_id(user.pk)
        assert reader is not None
        assert reader.access.entitlements
        with CaptureQueriesContext(connection) as caught:
            list(Blueprint.objects.permitted(reader, get("blueprint.update")))
        assert len(caught) == 1


def test_check_permission_takes_names_and_denies_what_nobody_declares(acme: Tenant) -> None:
    with tenant_scope(acme):
        user = create_user(username="una", roles=["consultant"], actor=ACTOR)
        mine = Project.objects.create(name="mine", created_by=user)
        own = Blueprint(project=mine, name="own", created_by=user)
        other = Blueprint(project=mine, name="other")
        assert check_permission(user, "blueprint", "update", own)
        assert not check_permission(user, "blueprint", "update", other)
        assert check_permission(user, "blueprint", "update")
        assert not check_permission(user, "blueprint", "explode", own)
        assert policy.check(user, get("blueprint.view"), other)
