"""``who_can`` is ``{user : check(user, permission, obj)}``, and says why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import Permission, declared, get
from rbac.access.holdings import Period
from rbac.answers.explanations import explain, user_named
from rbac.answers.who_can import asked, reasons, who_can
from rbac.models import Role, RoleGrant, Team, User, UserKind
from rbac.policy import check
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.service_accounts import create_service_account
from rbac.services.support import open_access, revoke_support_access
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.worlds import ServicePlan, World, in_a_world, plans, slowly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tenants.models import Tenant


def names(permission: str, obj: Any = None) -> set[str]:
    """The names of those who may."""
    return set(who_can(asked(get(permission), obj)).values_list("username", flat=True))


def _readers() -> list[User]:
    """Everybody who could ask, read as a request reads them."""
    found = (user_by_id(pk) for pk in User.objects.values_list("pk", flat=True))
    return [user for user in found if user is not None]


def _compare(permissions: Iterable[Permission], objects: Iterable[Any]) -> None:
    readers = _readers()
    for permission in permissions:
        for obj in objects:
            question = asked(permission, obj)
            users = list(who_can(question))
            allowed = {user.pk for user in readers if check(user, permission, obj)}
            assert {user.pk for user in users} == allowed, (permission.name, obj)
            assert len(users) == len(allowed)
            # And each has a reason that holds.
            why = reasons(question, users, reader=None)
            assert set(why.paths) == allowed
            assert all(path.allowed for path in why.paths.values())


@slowly
@given(plan=plans)
def test_those_who_can_are_those_whom_the_check_allows(acme: Tenant, plan: ServicePlan) -> None:
    def compare(world: World) -> None:
        update_user(world.users[0], actor=ACTOR, changes={"is_active": plan.blueprints == []})
        _staff("admin")
        in_projects = [get("project.update"), get("project.view"), get("project.delete")]
        _compare(in_projects, [None, *Project.objects.all()])
        blueprints = Blueprint.objects.select_related("project")
        _compare([get("blueprint.update"), get("blueprint.create")], [None, *blueprints])
        users, one = [get("user.view"), get("user.update")], User.objects.all()[:3]
        _compare(users, [None, *one])
        _compare([get("team.update")], [None, *Team.objects.all()[:1]])
        _compare([get("role.grant")], [None, *Role.objects.all()[:1]])
        _compare(declared(), [None])

    in_a_world(acme, plan, compare)


@slowly
@given(plan=plans)
def test_four_eyes_are_asked_of_all_at_once(acme: Tenant, plan: ServicePlan) -> None:
    strict = [
        Permission(each.resource, each.action, "", each.scopes, each.limitable_by, four_eyes=True)
        for each in (get("project.update"), get("role.view"))
    ]

    def compare(world: World) -> None:
        assert world.projects
        _compare(strict[:1], [None, *Project.objects.all()])
        # Nobody is the author of a role, so nobody can be another.
        _compare(strict[1:], [None, *Role.objects.all()[:2]])

    in_a_world(acme, plan, compare)


def _staff(role: str) -> Any:
    return open_access(operator=ACTOR, reason="Ticket 4711", role=role, minutes=5).access


# --- By example -------------------------------------------------------------------------
@pytest.fixture
def _standing(in_scope: Tenant) -> None:  # noqa: ARG001  # the scope it looks into
    """What others left in the tenant is nobody's business here."""
    assert not names("blueprint.update")


@pytest.mark.usefixtures("_standing")
def test_grants_that_have_ended_or_not_begun_count_for_nobody() -> None:
    now, engineer = timezone.now(), find_role("system-engineer")
    now_on, later = create_user(username="now", actor=ACTOR), create_user(username="l", actor=ACTOR)
    gone = create_user(username="gone", actor=ACTOR)
    grant_role(now_on, engineer, period=Period(now, now + timedelta(days=1)), actor=ACTOR)
    grant_role(later, engineer, period=Period(now + timedelta(days=1)), actor=ACTOR)
    grant_role(gone, engineer, actor=ACTOR)
    RoleGrant.objects.filter(user=gone).update(expires_at=now - timedelta(seconds=1))
    assert names("blueprint.update") == {"now"}


@pytest.mark.usefixtures("in_scope")
def test_what_is_a_teams_is_for_the_members_of_its_parts_and_not_the_other_way() -> None:
    above = create_team(name="engineering", actor=ACTOR)
    part = create_team(name="backend", parent=above, actor=ACTOR)
    role = create_role(name="Keeper", permissions={"project.delete": "team"}, actor=ACTOR)
    for name, team in (("inner", part), ("outer", above)):
        user = create_user(username=name, actor=ACTOR)
        add_member(team, user, actor=ACTOR)
        grant_role(user, role, actor=ACTOR)
    everybodys = Project.objects.create(name="everybody's", team=above)
    inner = Project.objects.create(name="inner", team=part)
    both = {"inner", "outer"}
    assert names("project.delete", everybodys) & both == both
    assert names("project.delete", inner) & both == {"inner"}


@pytest.mark.usefixtures("_standing")
def test_support_is_shown_as_such_while_it_lasts() -> None:
    access = _staff("system-engineer")
    (user,) = who_can(asked(get("blueprint.update")))
    assert (user.kind, user.pk) == ("support", access.user_id)
    # What is withheld from them, they cannot.
    assert not names("user.create")
    revoke_support_access(access, actor=ACTOR)
    assert not names("blueprint.update")


def test_another_tenants_people_are_nobody(globex: Tenant, in_scope: Tenant) -> None:
    assert in_scope != globex
    create_user(username="una", roles=["admin"], actor=ACTOR)
    with tenant_scope(globex):
        create_user(username="eve", roles=["admin"], actor=ACTOR)
        assert "una" not in names("blueprint.update")
    assert names("blueprint.update") == {"una"}


# One of each kind, with all that an admin's role allows.
KINDS: dict[UserKind, Callable[[], User]] = {
    UserKind.PERSON: lambda: create_user(username="una", roles=["admin"], actor=ACTOR),
    UserKind.SUPPORT: lambda: _staff("admin").user,
    UserKind.SERVICE: lambda: create_service_account(
        username="deployer", roles=["admin"], actor=ACTOR
    ),
}


@pytest.mark.usefixtures("_standing")
def test_what_is_withheld_from_a_kind_of_user_is_so_everywhere() -> None:
    assert set(KINDS) == set(UserKind)
    for make in KINDS.values():
        user, acts = user_named(str(make().pk))
        for permission in declared():
            allowed = check(user, permission)
            assert (user.username in names(permission.name)) is allowed, permission.name
            explanation = explain(user, permission, acts=acts, reader=user)
            assert explanation.allowed is allowed, permission.name


@pytest.mark.usefixtures("_standing")
def test_the_cost_does_not_grow_with_the_users() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            question = asked(get("blueprint.update"))
            users = list(who_can(question))
            assert len(reasons(question, users, reader=None).paths) == len(users) > 0
        return len(statements)

    create_user(username="one", roles=["admin"], actor=ACTOR)
    few = cost()
    engineer = find_role("system-engineer")
    users = User.objects.bulk_create(User(username=f"u{n}", password="!") for n in range(30))
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=engineer, granted_by="system:tests") for user in users
    )
    assert cost() == few
