"""Who may do what, seen and changed in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.models import Role, RolePermission
from rbac.selectors import allowed_by
from rbac.services.roles import create_role, update_role
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.browser.conftest import PASSWORD, TIERS
from tests.browser.visitor import Visitor
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from tenants.models import Tenant
    from tests.browser.server import PlatformServer
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser


@pytest.fixture(params=TIERS)
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    tenant = committed_tenants(request.param)
    with tenant_scope(tenant):
        for username, role in (("ada", "admin"), ("vic", "viewer")):
            create_user(username=username, password=PASSWORD, roles=[role], actor=ACTOR)
    return tenant


@pytest.fixture
def ada(server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant) -> Visitor:
    person = visitor()
    person.sign_in(server.admin_of(home), "ada", PASSWORD)
    return person


def test_an_admin_makes_a_role_and_chooses_its_permissions(ada: Visitor, home: Tenant) -> None:
    page = ada.page
    ada.menu("Roles")
    page.locator("a[href='/admin/rbac/role/add/']").first.click()
    page.fill("#id_name", "Auditor")
    page.get_by_label("Viewer", exact=True).check()
    ada.save()
    ada.sees("Choose what it allows")
    page.get_by_label("Auditor: audit.view").select_option("tenant")
    ada.sees("1 changed, not saved yet")
    page.get_by_label("Find a permission").fill("audit")
    assert not page.get_by_label("Auditor: project.create").is_visible()
    assert page.get_by_label("Auditor: audit.view").is_visible()
    ada.save()
    ada.sees("Changed: Auditor")
    assert page.get_by_label("Auditor: audit.view").input_value() == "tenant"
    ada.sees("tenant from Viewer")
    assert not ada.overflows
    with tenant_scope(home):
        role = Role.objects.get(name="Auditor")
        assert str(allowed_by([role.pk])[role.pk]["audit.view"].scope) == "tenant"
        assert RolePermission.objects.filter(role=role).count() == 1


def test_a_conflict_is_told_and_keeps_what_was_chosen(ada: Visitor, home: Tenant) -> None:
    page = ada.page
    with tenant_scope(home):
        role = create_role(name="Builder", actor=ACTOR)
    page.goto(page.url.split("/admin/")[0] + "/admin/rbac/role/matrix/?role=custom-builder")
    with tenant_scope(home):
        update_role(role, actor=ACTOR, changes={"permissions": {"audit.view": "tenant"}})
    page.get_by_label("Builder: project.view").select_option("own")
    ada.save()
    ada.sees("Nothing was saved.")
    ada.sees("Builder: Somebody changed this since you opened it")
    assert page.get_by_label("Builder: project.view").input_value() == "own"
    with tenant_scope(home):
        assert set(allowed_by([role.pk])[role.pk]) == {"audit.view"}


def test_the_matrix_works_without_scripts(
    server: PlatformServer, browser: Browser, home: Tenant
) -> None:
    with tenant_scope(home):
        role = create_role(name="Builder", actor=ACTOR)
    context = browser.new_context(java_script_enabled=False)
    try:
        plain = Visitor(context.new_page())
        plain.sign_in(server.admin_of(home), "ada", PASSWORD)
        plain.open(f"{server.admin_of(home)}rbac/role/matrix/?role={role.key}")
        assert not plain.page.locator("#permission-filter").is_visible()
        plain.page.get_by_label("Builder: project.view").select_option("tenant")
        plain.save()
        plain.sees("Changed: Builder")
        assert plain.complaints == []
    finally:
        context.close()
    with tenant_scope(home):
        assert set(allowed_by([role.pk])[role.pk]) == {"project.view"}
