"""What a user may do, and where they have it from, on a page of the admin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from blueprints.catalog.services.projects import create_project
from iac_platform.common.audit import SystemActor
from rbac.access.holdings import Limits, Period
from rbac.models import Role, User
from rbac.services.grants import delegate_role, grant_role
from rbac.services.roles import create_role
from rbac.services.support import open_access
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


def ask(client: AdminClient, user: User, **query: str) -> Any:
    return client.get(reverse("admin:rbac_user_effective", args=[user.pk]), query)


def paths(response: Any, permission: str) -> list[Any]:
    found = {
        row.permission.name: row.paths for group in response.context["groups"] for row in group.rows
    }
    return list(found.get(permission, ()))


def a_viewer_by_a_team(tenant: Tenant) -> User:
    """Somebody whose team's parent has a role that inherits, within a project, for a while."""
    end = timezone.now() + timedelta(days=5)
    with tenant_scope(tenant):
        user = create_user(username="tom", actor=ACTOR)
        whole = create_team(name="Engineering", actor=ACTOR)
        part = create_team(name="Platform", parent=whole, actor=ACTOR)
        add_member(part, user, actor=ACTOR)
        role = create_role(name="Reader", inherits=["viewer"], actor=ACTOR)
        project = create_project(name="Web shop", actor=ACTOR)
        limits = Limits(projects=frozenset({project.pk}))
        grant_role(whole, role, actor=ACTOR, limits=limits, period=Period(None, end))
    return user


def test_each_permission_is_told_with_its_origin(admin: AdminClient) -> None:
    tom = a_viewer_by_a_team(admin.tenant)
    shown = ask(admin, tom)
    assert "no-store" in shown["Cache-Control"]
    (path,) = paths(shown, "project.view")
    assert path.role == "Reader → Viewer"
    assert path.holder == "team Platform → Engineering"
    assert path.limits == "projects: Web shop"
    assert path.period.startswith("until ")
    assert admin.get(path.grant).status_code == 200
    assert not paths(shown, "project.create")


def test_what_was_passed_on_says_by_whom(admin: AdminClient) -> None:
    end = timezone.now() + timedelta(days=5)
    with tenant_scope(admin.tenant):
        giver = create_user(username="ea", roles=["enterprise-architect"], actor=ACTOR)
        tom = create_user(username="tom", actor=ACTOR)
        role = create_role(name="Lookout", permissions={"project.view": "tenant"}, actor=ACTOR)
        grant_role(giver, role, actor=ACTOR)
        delegate_role(tom, role, actor=giver, period=Period(None, end))
    (path,) = paths(ask(admin, tom), "project.view")
    assert path.passed_on_by == "ea"


def test_a_question_is_answered_with_the_step_that_failed(admin: AdminClient) -> None:
    tom = a_viewer_by_a_team(admin.tenant)
    yes = ask(admin, tom, permission="project.view")
    assert "<h2>Yes: project.view</h2>" in yes.content.decode()
    no = ask(admin, tom, permission="project.create")
    assert "<h2>No: project.create</h2>" in no.content.decode()
    assert "solution-architect" in no.content.decode()
    assert ask(admin, tom, permission="no.such_thing").context["answer"] is None


def test_who_cannot_sign_in_is_said_to_do_nothing(admin: AdminClient) -> None:
    tom = a_viewer_by_a_team(admin.tenant)
    assert "may do nothing of all this" not in ask(admin, tom).content.decode()
    with tenant_scope(admin.tenant):
        update_user(tom, actor=ACTOR, changes={"is_active": False})
    assert "may do nothing of all this" in ask(admin, tom).content.decode()


def test_what_the_operators_staff_may_not_use_is_told_with_the_reason(
    admin: AdminClient,
) -> None:
    with tenant_scope(admin.tenant):
        opened = open_access(
            operator=SystemActor("sue"), reason="The import fails", role="admin", minutes=30
        )
        staff = User.objects.get(pk=opened.access.user_id)
    shown = ask(admin, staff)
    assert "Allowed by their roles, and withheld" in shown.content.decode()
    assert "user.create" in dict(shown.context["withheld"])
    assert not paths(shown, "user.create")
    assert paths(shown, "project.view")


def test_others_are_told_of_only_to_those_who_may_ask(tenant: Tenant, person: Person) -> None:
    tom = a_viewer_by_a_team(tenant)
    allows = {"admin_site.use": "tenant", "user.view": "tenant"}
    with tenant_scope(tenant):
        role = create_role(name="AdminClients", permissions=allows, actor=ACTOR)
        admin_clients = create_user(username="dee", roles=[role.key], actor=ACTOR)
    client = AdminClient(tenant, admin_clients)
    assert ask(client, tom).status_code == 403
    assert ask(client, admin_clients).status_code == 200
    assert reverse("admin:rbac_user_effective", args=[tom.pk]) not in client.page(
        "rbac_user_change", tom.pk
    )
    assert ask(AdminClient(tenant, person(tenant, "admin")), tom).status_code == 200


def test_it_costs_the_same_however_much_is_held(admin: AdminClient, query_count: Any) -> None:
    tenant = admin.tenant
    with tenant_scope(tenant):
        tom = create_user(username="tom", roles=["viewer"], actor=ACTOR)
        one = create_project(name="One", actor=ACTOR)
        limits = Limits(projects=frozenset({one.pk}))
        grant_role(tom, Role.objects.get(key="viewer"), actor=ACTOR, limits=limits)
    few = query_count(lambda: ask(admin, tom))
    with tenant_scope(tenant):
        for number in range(8):
            project = create_project(name=f"Project {number}", actor=ACTOR)
            limits = Limits(projects=frozenset({project.pk}))
            role = create_role(name=f"Role {number}", inherits=["consultant"], actor=ACTOR)
            grant_role(tom, role, actor=ACTOR, limits=limits)
    assert query_count(lambda: ask(admin, tom)) == few
