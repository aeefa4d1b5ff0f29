"""Over random teams, roles, grants and objects: ``list == {x : check(x)}``.

A world of one tenant is made by the services, as people would; then every permission is
asked of every user about every row, once as a filter and once as a predicate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.rest.views.blueprints import BlueprintViewSet
from blueprints.catalog.rest.views.projects import ProjectViewSet
from iac_platform.common.permissions import LimitKind, Scope, catalogue, get
from iac_platform.gateway.permitted_rows import PermittedRows
from rbac import policy
from rbac.models import Role, RoleGrant, Team, TeamMember, User
from rbac.policy import RolePolicy, check, check_permission
from rbac.rest.views.users import UserViewSet
from rbac.selectors import user_by_id
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.rbac.access.worlds import (
    IN_PROJECTS,
    ServicePlan,
    World,
    in_a_world,
    plans,
    slowly,
)

if TYPE_CHECKING:
    from iac_platform.common.permissions import Permission
    from tenants.models import Tenant


@slowly
@given(plan=plans)
def test_the_list_shows_exactly_what_the_check_allows(acme: Tenant, plan: ServicePlan) -> None:
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
                for view in (BlueprintViewSet, ProjectViewSet, UserViewSet):
                    _compare_compiled(view, reader, permission)

    in_a_world(acme, plan, compare)


def _compare_compiled(view: Any, reader: User, permission: Permission) -> None:
    """The queries whose SQL is made once find the same as those that are made anew."""
    assert view.rows_are_fixed
    found = PermittedRows[Any](view, RolePolicy.reach(reader, permission, view.model))
    everything = view.rows().order_by("created_at", "pk")
    permitted = list(everything.permitted(reader, permission))
    assert found.first(("created_at", "pk"), 1000) == permitted
    assert found.first(("-created_at", "-pk"), 2) == permitted[::-1][:2]
    for row in everything:
        assert found.get("pk", row.pk) == (row if row in permitted else None)


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
def test_the_rule_is_what_it_says(acme: Tenant, plan: ServicePlan) -> None:
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
        in_projects = LimitKind.PROJECT in get(name).limitable_by
        within = grant.projects is None or (in_projects and project.pk in grant.projects)
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
