"""Grants, teams and what follows from them, in a real browser; and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from blueprints.catalog.models import Project
from blueprints.catalog.services.projects import create_project
from rbac.access.holdings import Limits, Period
from rbac.models import Role, RoleGrant, Team, TeamMember, User
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.browser.conftest import PASSWORD
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser


@pytest.fixture
def home(committed_tenants: ThrowawayTenants) -> Tenant:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        for username, role in (("ada", "admin"), ("vic", "viewer")):
            create_user(username=username, password=PASSWORD, roles=[role], actor=ACTOR)
        for name in ("Web shop", "Warehouse"):
            create_project(name=name, actor=ACTOR)
    return tenant


@pytest.fixture
def ada(server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant) -> Visitor:
    person = visitor()
    person.sign_in(server.admin_of(home), "ada", PASSWORD)
    return person


def test_a_role_is_granted_within_a_project_explained_and_revoked(
    ada: Visitor, home: Tenant
) -> None:
    page = ada.page
    ada.menu("Users")
    ada.choose("vic")
    page.get_by_role("link", name="Grant role").click()
    assert page.locator("#id_username").input_value() == "vic"
    page.locator("#id_role").select_option(label="System Engineer")
    page.get_by_label("Web shop").check()
    end = datetime.now(UTC) + timedelta(days=30)
    page.fill("#id_expires_at_0", f"{end:%Y-%m-%d}")
    page.fill("#id_expires_at_1", "12:00:00")
    assert not ada.overflows
    ada.save()
    ada.sees("was added successfully")
    ada.sees("1 project")

    ada.menu("Users")
    ada.choose("vic")
    page.get_by_role("link", name="Effective permissions").click()
    row = page.locator("#effective tr", has_text="blueprint.create")
    for text in ("System Engineer", "directly", "projects: Web shop", f"until {end:%Y-%m-%d}"):
        assert text in row.inner_text()
    page.get_by_label("May vic do this?").select_option("project.delete")
    page.get_by_role("button", name="Explain").click()
    ada.sees("No: project.delete")
    page.get_by_label("May vic do this?").select_option("blueprint.create")
    page.get_by_role("button", name="Explain").click()
    ada.sees("Yes: blueprint.create")
    assert not ada.overflows

    row = page.locator("#effective tr", has_text="blueprint.create")
    row.get_by_role("link", name="System Engineer").click()
    ada.act("Revoke")
    ada.sees("by this grant no more")
    with tenant_scope(home):
        assert not RoleGrant.objects.filter(role__key="system-engineer").exists()


def test_the_last_admins_grant_cannot_be_revoked(ada: Visitor, home: Tenant) -> None:
    ada.menu("Role grants")
    ada.choose("ada")
    ada.act("Revoke")
    ada.sees("A tenant keeps at least one active admin")
    with tenant_scope(home):
        assert RoleGrant.objects.filter(role__key="admin").count() == 1


def test_nobody_gives_what_they_do_not_hold(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant
) -> None:
    names = ("admin_site.use", "role.grant", "role.view", "user.view")
    with tenant_scope(home):
        role = create_role(name="Granter", permissions=dict.fromkeys(names, "tenant"), actor=ACTOR)
        create_user(username="gwen", password=PASSWORD, roles=[role.key], actor=ACTOR)
    gwen = visitor()
    gwen.sign_in(server.admin_of(home), "gwen", PASSWORD)
    gwen.open(f"{server.admin_of(home)}rbac/rolegrant/add/")
    gwen.page.fill("#id_username", "vic")
    gwen.page.locator("#id_role").select_option(label="Admin")
    gwen.save()
    gwen.sees("The role Admin allows")
    with tenant_scope(home):
        assert not RoleGrant.objects.filter(user__username="vic", role__key="admin").exists()
    gwen.page.locator("#id_role").select_option(label="Granter")
    gwen.save()
    gwen.sees("was added successfully")


def test_teams_in_one_another_give_their_roles_to_their_members(ada: Visitor, home: Tenant) -> None:
    page = ada.page
    for name, parent in (("Engineering", ""), ("Platform", "Engineering")):
        ada.menu("Teams")
        page.locator("a[href='/admin/rbac/team/add/']").first.click()
        page.fill("#id_name", name)
        if parent:
            page.locator("#id_parent").select_option(label=parent)
        ada.save()
        ada.sees(f"The team {name} is there")
    page.get_by_role("link", name="Add members").click()
    page.fill("#id_usernames", "vic, nobody-here")
    page.get_by_role("button", name="Add members").click()
    ada.sees("There is no user called nobody-here")
    page.fill("#id_usernames", "vic")
    page.get_by_role("button", name="Add members").click()
    ada.sees("Added: vic")

    ada.menu("Teams")
    ada.choose("Engineering")
    ada.sees("Platform")  # vic is in it by that
    page.get_by_role("link", name="Grant role").click()
    page.locator("#id_role").select_option(label="Consultant")
    ada.save()
    ada.menu("Users")
    ada.choose("vic")
    page.get_by_role("link", name="Effective permissions").click()
    ada.sees("team Platform → Engineering")
    assert not ada.overflows

    ada.menu("Teams")
    ada.choose("Platform")
    page.get_by_role("link", name="Remove members").click()
    page.get_by_label("vic").check()
    page.get_by_role("button", name="Remove members").click()
    ada.sees("Removed: vic")
    with tenant_scope(home):
        assert not TeamMember.objects.exists()


def test_a_circle_of_teams_is_refused(ada: Visitor, home: Tenant) -> None:
    with tenant_scope(home):
        whole = create_team(name="Engineering", actor=ACTOR)
        part = create_team(name="Platform", actor=ACTOR)
    page = ada.page
    ada.menu("Teams")
    ada.choose("Engineering")
    page.locator("#id_parent").select_option(label="Platform")
    # Meanwhile the other one is made part of this.
    second = page.context.new_page()
    second.goto(re.sub("/admin/.*", f"/admin/rbac/team/{part.pk}/change/", page.url))
    second.locator("#id_parent").select_option(label="Engineering")
    second.get_by_role("button", name="Save", exact=True).click()
    second.wait_for_url(re.compile("/rbac/team/$"))
    ada.save()
    ada.sees("Please correct the error")
    with tenant_scope(home):
        assert Team.objects.get(pk=whole.pk).parent is None
        assert Team.objects.get(pk=part.pk).parent == whole


def test_neighbours_grants_and_teams_are_not_there(
    server: PlatformServer, ada: Visitor, home: Tenant, committed_tenants: ThrowawayTenants
) -> None:
    neighbour = committed_tenants()
    with tenant_scope(neighbour):
        theirs = create_team(name="Their team", actor=ACTOR)
        user = create_user(username="theirs", roles=["viewer"], actor=ACTOR)
        grant = RoleGrant.objects.get(user=user)
    with tenant_scope(home):
        own = create_team(name="Own team", actor=ACTOR)
        vic = User.objects.get(username="vic")
    admin = server.admin_of(home)
    for path in (
        f"rbac/team/{theirs.pk}/change/",
        f"rbac/rolegrant/{grant.pk}/change/",
        f"rbac/user/{user.pk}/effective/",
    ):
        assert ada.open(f"{admin}{path}") == 404, path
    ada.open(f"{admin}rbac/team/")
    ada.sees("Own team")
    assert not ada.reads("Their team")
    assert ada.open(f"{admin}rbac/team/{own.pk}/change/") == 200
    assert ada.open(f"{admin}rbac/user/{vic.pk}/effective/") == 200


def test_forms_and_wide_tables_fit_a_telephone(
    server: PlatformServer, ada: Visitor, home: Tenant
) -> None:
    end = datetime.now(UTC) + timedelta(days=30)
    with tenant_scope(home):
        vic, viewer = User.objects.get(username="vic"), Role.objects.get(key="viewer")
        limits = Limits(projects=frozenset(Project.objects.values_list("pk", flat=True)))
        team = create_team(name="Engineering", actor=ACTOR)
        add_member(team, vic, actor=ACTOR)
        grant = grant_role(team, viewer, actor=ACTOR, limits=limits, period=Period(None, end))
    ada.page.set_viewport_size({"width": 390, "height": 800})
    for path in (
        "rolegrant/add/",
        f"rolegrant/{grant.pk}/change/",
        f"team/{team.pk}/change/",
        f"team/{team.pk}/remove_members/",
        f"user/{vic.pk}/effective/?permission=project.view",
        f"role/{viewer.pk}/change/",
        "role/matrix/",
    ):
        assert ada.open(f"{server.admin_of(home)}rbac/{path}") == 200
        assert not ada.overflows_in_light_or_dark, path
