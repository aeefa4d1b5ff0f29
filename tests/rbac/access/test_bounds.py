"""As much as a tenant may have: to read what is held takes as many statements as of little."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import Scope, ScopedPermission, get
from rbac.access.coverage import ProposedGrant, missing
from rbac.access.holdings import Access, Entitlement, Grant, Limits, Period
from rbac.access.loading import AccessCache, access_cache
from rbac.models import Role, RoleGrant, RoleParent, RolePermission, Team, TeamMember, User
from rbac.models.team import DEEPEST
from rbac.policy import check
from rbac.selectors import user_by_id
from rbac.services.grants import MOST_GRANTS, MOST_LIMITS, grant_role
from rbac.services.roles import MOST_PARENTS, MOST_ROLES, find_role
from rbac.services.teams import MOST_TEAMS, add_member
from rbac.services.users import create_user
from tests.conftest import ACTOR, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant

DELETE = get("blueprint.delete")


class Crowd:
    """All roles with all parents, all teams, and una with all grants, of all that they may name."""

    def __init__(self) -> None:
        self.roles = self._roles(MOST_ROLES - Role.objects.count())
        self.projects = Project.objects.bulk_create(
            Project(name=f"p{number}") for number in range(MOST_LIMITS)
        )
        levels = self._teams()
        self.team = levels[-1][0]
        self.una = create_user(username="una", actor=ACTOR)
        TeamMember.objects.bulk_create(
            TeamMember(team=team, user=self.una, added_by="tests") for team in levels[-1]
        )
        everybody = [team for level in levels for team in level]
        receivers = [{"team": team} for team in everybody] + [{"user": self.una}] * MOST_GRANTS
        RoleGrant.objects.bulk_create(
            RoleGrant(**to, role=self.roles[number % len(self.roles)], **self._limits)
            for number, to in enumerate(receivers)
        )

    @property
    def _limits(self) -> dict[str, Any]:
        ids = sorted(project.pk for project in self.projects)
        return {"projects": ids, "granted_by": "tests"}

    @staticmethod
    def _roles(count: int) -> list[Role]:
        """Each allows one thing by itself, and inherits from those before it."""
        roles = Role.objects.bulk_create(
            Role(key=f"custom-{number}", name=f"R{number}", is_custom=True)
            for number in range(count)
        )
        names = ["blueprint.delete", "blueprint.update", "blueprint.view", "project.view"]
        RolePermission.objects.bulk_create(
            RolePermission(
                role=role,
                permission_id=ScopedPermission(names[number % len(names)], Scope.TENANT).id,
            )
            for number, role in enumerate(roles)
        )
        RoleParent.objects.bulk_create(
            RoleParent(role=role, parent=parent)
            for number, role in enumerate(roles)
            for parent in roles[max(0, number - MOST_PARENTS) : number]
        )
        return roles

    @staticmethod
    def _teams() -> list[list[Team]]:
        """As many as there may be, as deep as they may stand."""
        levels: list[list[Team]] = []
        for level in range(DEEPEST):
            above = levels[-1] if levels else [None] * (MOST_TEAMS // DEEPEST)
            levels.append(
                Team.objects.bulk_create(
                    Team(
                        name=f"t{level}-{number}",
                        parent=parent,
                        ancestors=[parent.pk, *parent.ancestors] if parent else [],
                    )
                    for number, parent in enumerate(above)
                )
            )
        return levels


def queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        work()
    return len(caught)


def read(user: User) -> User:
    found = user_by_id(user.pk)
    assert found is not None
    return found


def changes(admin: User, user: User, team: Team) -> list[int]:
    """The statements of some changes of access."""
    role = find_role("viewer")
    return [
        queries(lambda: grant_role(user, role, actor=admin)),
        queries(lambda: add_member(team, user, actor=admin)),
    ]


def test_what_is_held_is_read_in_one_statement_however_much_it_is(
    in_scope: Tenant, person: Person
) -> None:
    admin, vic = person(in_scope), create_user(username="vic", actor=ACTOR)
    few = changes(admin, vic, Team.objects.create(name="alone"))
    Team.objects.all().delete()
    crowd = Crowd()
    access_cache.clear()
    una = read(crowd.una)
    blueprint = Blueprint(project=crowd.projects[0])
    elsewhere = Blueprint(project=Project(name="elsewhere"))
    assert queries(lambda: una.access) == 1
    assert queries(lambda: check(una, DELETE, blueprint)) == 0
    assert check(una, DELETE, blueprint)
    assert not check(una, DELETE, elsewhere)
    assert queries(lambda: list(Blueprint.objects.permitted(una, DELETE))) == 1
    assert changes(admin, create_user(username="wil", actor=ACTOR), crowd.team) == few


def test_what_was_passed_on_costs_a_change_one_statement_for_each_giver(
    in_scope: Tenant, person: Person
) -> None:
    admin, team = person(in_scope), Team.objects.create(name="alone")
    ends = timezone.now() + timedelta(days=1)

    def pass_on(giver: User) -> None:
        RoleGrant.objects.bulk_create(
            RoleGrant(
                user=create_user(username=f"{giver}-{number}", actor=ACTOR),
                role=find_role("viewer"),
                delegated_by=giver,
                expires_at=ends,
                granted_by="tests",
            )
            for number in range(10)
        )

    counts = []
    for name in ("ann", "bob", "carl"):
        pass_on(create_user(username=name, roles=["viewer"], actor=ACTOR))
        user = create_user(username=f"new-{name}", actor=ACTOR)
        counts.append(queries(lambda user=user: add_member(team, user, actor=admin)))  # type: ignore[misc]  # bound at once
    assert counts == [counts[0], counts[0] + 1, counts[0] + 2]
    assert RoleGrant.objects.filter(delegated_by__isnull=False).count() == 30


@pytest.mark.usefixtures("in_scope")
def test_limits_are_compared_whole_before_one_by_one() -> None:
    """Fifty projects are within fifty others; with one more, they are not."""
    projects = Project.objects.bulk_create(Project(name=f"p{number}") for number in range(51))
    ids = [project.pk for project in projects]
    halves = [Limits(projects=frozenset(ids[:25])), Limits(projects=frozenset(ids[20:50]))]
    giver = Access({"x.y": tuple(Entitlement(Scope.TENANT, each) for each in halves)})

    def lacking(chosen: list[Any]) -> list[str]:
        wanted = Entitlement(Scope.TENANT, Limits(projects=frozenset(chosen)))
        return missing(giver, ProposedGrant({"x.y": (wanted,)}))

    assert lacking(ids[:25]) == lacking(ids[:50]) == []
    assert lacking(ids) == ["x.y"]


# --- What is kept ------------------------------------------------------------------------
def held(*, paths: int, named: int = 0) -> Access:
    """What somebody holds who has so many ways, and whose one grant names so many projects."""
    limits = Limits(projects=frozenset(uuid4() for _ in range(named)) if named else None)
    grant = Grant(uuid4(), uuid4(), "r", limits, Period())
    return Access({"x.y": (Entitlement(Scope.TENANT, limits),) * paths}, grants=(grant,))


def test_a_tenant_of_many_grants_does_not_fill_the_memory_of_all() -> None:
    store, tenant, user = AccessCache(size=100, weight=1000), uuid4(), uuid4()
    small = (uuid4(), user, uuid4())
    store.put(small, held(paths=10))
    heavy = [(tenant, uuid4(), uuid4()) for _ in range(50)]
    for key in heavy:
        store.put(key, held(paths=100, named=50))
        # Whoever still comes stays, whatever others hold.
        assert store.get(small) is not None
    assert store.weight <= store.most
    left = [key for key in heavy if store.get(key) is not None]
    assert left == heavy[-6:]


def test_what_is_too_much_alone_is_not_kept_and_nothing_else_goes_for_it() -> None:
    store = AccessCache(size=100, weight=1000)
    key, other = ((uuid4(), uuid4(), uuid4()) for _ in range(2))
    store.put(other, held(paths=10))
    store.put(key, held(paths=1001))
    assert store.get(key) is None
    assert store.get(other) is not None
    # The same again does not count twice.
    for _ in range(300):
        store.put(other, held(paths=10))
    assert store.weight == held(paths=10).weight
    store.clear()
    assert (store.weight, store.get(other)) == (0, None)
