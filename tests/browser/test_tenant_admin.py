"""What a tenant's admin does, in a real browser; and what others try."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from blueprints.catalog import examples
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from rbac.models import User
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.browser.conftest import PASSWORD, TIERS
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser


def populate(tenant: Tenant) -> Tenant:
    with tenant_scope(tenant):
        for username, role in (("ada", "admin"), ("ed", "system-engineer"), ("vic", "viewer")):
            create_user(username=username, password=PASSWORD, roles=[role], actor=ACTOR)
        create_user(username=f"only-in-{tenant.slug}", actor=ACTOR)
    return tenant


@pytest.fixture(params=TIERS)
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    return populate(committed_tenants(request.param))


@pytest.fixture
def neighbour(committed_tenants: ThrowawayTenants) -> Tenant:
    return populate(committed_tenants())


@pytest.fixture
def ada(server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant) -> Visitor:
    person = visitor()
    person.sign_in(server.admin_of(home), "ada", PASSWORD)
    return person


def test_an_admin_adds_a_user_grants_a_role_and_finds_both_in_the_log(ada: Visitor) -> None:
    page = ada.page
    ada.menu("Users")
    page.locator("a[href='/admin/rbac/user/add/']").first.click()
    page.fill("#id_username", "grace")
    page.fill("#id_full_name", "Grace Hopper")
    page.fill("#id_password", "password")
    page.fill("#id_password_again", "password")
    ada.save()
    ada.sees("The password is too weak")
    page.fill("#id_password", PASSWORD)
    page.fill("#id_password_again", PASSWORD)
    ada.save()
    ada.sees("was added successfully")

    ada.choose("grace")
    page.get_by_text("System Engineer:").click()
    ada.save()
    ada.sees("was changed successfully")
    ada.sees("SYSTEM ENGINEER")

    ada.menu("Audit entries")
    page.get_by_placeholder("Search by actor").fill("role.grant")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=role.grant"))
    ada.sees("ROLE.GRANT")
    assert "grace" in page.inner_text("#result_list")
    assert "USER.CREATE" not in page.inner_text("#result_list")
    page.locator("#result_list tr", has_text="grace").locator("th a").click()
    ada.sees("What happened")
    ada.sees("system-engineer")
    assert "{" not in page.inner_text("#content")


def test_an_admin_creates_a_token_sees_it_once_and_revokes_it(ada: Visitor) -> None:
    page = ada.page
    ada.menu("API tokens")
    page.locator("a[href='/admin/rbac/apitoken/add/']").first.click()
    page.fill("#id_name", "pipeline")
    ada.save()
    secret = page.inner_text("#secret")
    assert secret.startswith("iac_")
    page.get_by_role("link", name="I have copied it").click()
    ada.choose("pipeline")
    ada.sees("LIVE")
    assert not ada.reads(secret)
    ada.act("Revoke")
    ada.sees("REVOKED")
    assert page.get_by_role("link", name="Revoke").count() == 0


def test_an_admin_reads_a_blueprint_as_tables(ada: Visitor, home: Tenant) -> None:
    with tenant_scope(home):
        project = create_project(name="Web shop", actor=ACTOR)
        create_blueprint(
            project, name="Shop", document=examples.load("three-tier-web"), actor=ACTOR
        )
    page = ada.page
    ada.page.reload()
    ada.menu("Blueprints")
    ada.choose("Shop")
    page.get_by_role("link", name="Version 1", exact=True).click()
    ada.sees("public-a")
    ada.sees("variable db_password")
    assert not page.locator("details.pa-document pre").is_visible()
    page.get_by_text("Show the document as JSON").click()
    assert page.locator("details.pa-document pre").is_visible()
    assert not ada.overflows


@pytest.mark.parametrize("username", ["ed", "vic"])
def test_engineers_and_viewers_are_not_let_in(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant, username: str
) -> None:
    person = visitor()
    person.sign_in(server.admin_of(home), username, PASSWORD)
    person.sees("Your roles do not allow it")
    assert person.page.locator("#nav-sidebar-apps").count() == 0
    person.page.get_by_role("link", name="To your account").click()
    person.sees("Profile")


def test_an_admin_sees_their_own_tenant_and_no_other(
    server: PlatformServer, ada: Visitor, home: Tenant, neighbour: Tenant
) -> None:
    ada.menu("Users")
    ada.sees(f"only-in-{home.slug}")
    assert not ada.reads(f"only-in-{neighbour.slug}")
    with tenant_scope(neighbour):
        theirs = User.objects.get(username="vic")
    with tenant_scope(home):
        own = User.objects.get(username="vic")
    assert ada.open(f"{server.admin_of(home)}rbac/user/{theirs.pk}/change/") == 404
    ada.sees("There is nothing here")
    assert ada.open(f"{server.admin_of(home)}rbac/user/{own.pk}/change/") == 200
    assert ada.open(f"{server.admin_of(home)}tenants/tenant/") == 403


def test_a_session_is_nothing_at_another_tenants_host(
    server: PlatformServer, ada: Visitor, home: Tenant, neighbour: Tenant
) -> None:
    cookies = ada.page.context.cookies(server.admin_of(home))
    session = next(cookie for cookie in cookies if cookie["name"] == "sessionid")
    moved = {"name": "sessionid", "value": session["value"], "url": server.admin_of(neighbour)}
    ada.page.context.add_cookies([moved])  # type: ignore[list-item]  # a subset of the fields
    ada.open(server.admin_of(neighbour))
    assert ada.page.locator("#id_password").is_visible()
    ada.open(server.admin_of(home))
    ada.sees("Overview")


def test_two_admins_at_one_form_the_second_is_told(
    server: PlatformServer, ada: Visitor, visitor: Callable[[], Visitor], home: Tenant
) -> None:
    with tenant_scope(home):
        address = f"{server.admin_of(home)}rbac/user/{User.objects.get(username='vic').pk}/change/"
    second = visitor()
    second.sign_in(server.admin_of(home), "ada", PASSWORD)
    for person, name in ((ada, "First"), (second, "Second")):
        person.open(address)
        person.page.fill("#id_full_name", name)
    ada.save()
    ada.sees("was changed successfully")
    second.save()
    second.sees("Somebody changed this since you opened it")
    with tenant_scope(home):
        assert User.objects.get(username="vic").full_name == "First"


def test_pages_fit_a_telephone_in_light_and_dark(ada: Visitor) -> None:
    addresses = [
        link.get_attribute("href") or "" for link in ada.page.locator("#nav-sidebar-apps a").all()
    ]
    ada.page.set_viewport_size({"width": 390, "height": 800})
    assert len(addresses) >= 7
    for address in addresses:
        ada.page.goto(f"{ada.page.url.split('/admin/')[0]}{address}")
        assert not ada.overflows_in_light_or_dark, address
