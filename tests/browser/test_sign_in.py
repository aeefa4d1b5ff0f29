"""Signing in, one's account and invitations in a real browser; every form is submitted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from rbac.models import ApiToken, User
from rbac.services.invitations import invitation_link, invite_admin, invite_user
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.lifecycle.services import operators_scope
from tenants.models import Tenant, Tier
from tenants.operations.upkeep import provision_pending
from tenants.tenants.services import create_tenant
from tests.browser.conftest import PASSWORD
from tests.browser.visitor import Visitor
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from tests.browser.server import PlatformServer
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser

NEW = "another-long-secret"
WIDTHS = {"desktop": 1366, "phone": 390}


@pytest.fixture
def home(committed_tenants: ThrowawayTenants) -> Tenant:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        create_user(username="vic", password=PASSWORD, roles=["viewer"], actor=ACTOR)
    return tenant


def address(server: PlatformServer, tenant: Tenant, path: str) -> str:
    return server.admin_of(tenant).removesuffix("/admin/") + path


def sign_in(person: Visitor, at: str, password: str = PASSWORD) -> None:
    person.open(at)
    person.page.get_by_label("Username").fill("vic")
    person.page.get_by_label("Password").fill(password)
    person.page.get_by_role("button", name="Sign in").click()
    person.page.wait_for_load_state()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_user_without_the_admin_signs_in_makes_a_token_and_signs_out(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant, width: int
) -> None:
    vic = visitor()
    page = vic.page
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(vic, address(server, home, "/account/tokens/"), "not-the-password")
    vic.sees("The username or the password is wrong")
    assert not vic.overflows
    sign_in(vic, address(server, home, "/account/tokens/"))
    vic.sees("You have no API tokens yet.")

    page.get_by_role("link", name="New token").click()
    page.get_by_label("Name", exact=True).fill("laptop")
    page.get_by_label("Expires after").select_option(label="7 days")
    page.get_by_text("Limit its permissions").click()
    page.get_by_label("project.view").check()
    assert not vic.overflows
    page.get_by_role("button", name="Create token").click()
    vic.sees("it is shown this one time")
    assert page.locator("#secret").input_value().startswith("iac_")
    assert not vic.overflows
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Rotate laptop").click()
    page.get_by_role("button", name="Rotate").click()
    vic.sees("it is shown this one time")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Revoke laptop").first.click()
    page.get_by_role("button", name="Revoke").click()
    vic.sees("The token laptop is revoked.")

    page.get_by_role("link", name="Profile").click()
    page.get_by_label("Full name").fill("Vic Viewer")
    page.get_by_role("button", name="Save").click()
    vic.sees("Your profile is saved.")
    for link in ("Permissions", "Sessions", "Password"):
        page.get_by_role("link", name=link).click()
        page.wait_for_load_state()
        assert not vic.overflows, link
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password, again").fill(NEW)
    page.get_by_role("button", name="Change password").click()
    vic.sees("Your password is changed")
    page.get_by_role("button", name="Sign out").click()
    vic.sees("You have signed out.")
    with tenant_scope(home):
        assert ApiToken.objects.filter(user__username="vic").count() == 2
        assert User.objects.get(username="vic").check_password(NEW)


def test_other_sessions_are_seen_and_ended(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant
) -> None:
    here, there = visitor(), visitor()
    for each in (here, there):
        sign_in(each, address(server, home, "/account/sessions/"))
    here.page.reload()
    here.sees("This browser")
    here.page.get_by_role("button", name=re.compile("End the session of")).click()
    here.sees("The session has ended.")
    there.open(address(server, home, "/account/"))
    assert "/login/" in there.page.url
    sign_in(there, address(server, home, "/account/"))
    here.open(address(server, home, "/account/sessions/"))
    here.page.get_by_role("button", name="End all others").click()
    here.sees("1 other session ended.")
    there.open(address(server, home, "/account/"))
    assert "/login/" in there.page.url


def test_everything_can_be_done_by_keyboard_and_without_scripts(
    server: PlatformServer, browser: Browser, home: Tenant
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        vic = Visitor(context.new_page())
        page = vic.page
        vic.open(address(server, home, "/account/tokens/new/"))
        page.keyboard.press("Tab")  # the skip link
        page.keyboard.press("Tab")
        page.keyboard.type("vic")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/account/tokens/new/")
        page.get_by_label("Name", exact=True).focus()
        page.keyboard.type("by keyboard")
        page.keyboard.press("Enter")
        vic.sees("it is shown this one time")
        assert vic.complaints == []
    finally:
        context.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_an_invited_person_becomes_a_user(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant, width: int
) -> None:
    with tenant_scope(home):
        ada = create_user(username="ada", roles=["admin"], actor=ACTOR)
        _, token = invite_user(email="grace@example.com", roles=["viewer"], actor=ada)
    link = invitation_link(home, token, scheme="http", port=str(server.port))
    grace = visitor()
    grace.page.set_viewport_size({"width": width, "height": 800})
    _accept(grace, link, "grace")
    with tenant_scope(home):
        assert User.objects.get(username="grace").role_keys == {"viewer"}


def test_the_first_admin_opens_a_tenant(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    committed_tenants: ThrowawayTenants,
) -> None:
    """The page's referrer policy made browsers send no origin, and the form was refused."""
    slug = f"tmp-{uuid4().hex[:8]}"
    with as_owner():
        with operators_scope():
            tenant = create_tenant(
                slug=slug, name=slug, tier=Tier.STANDARD, invite="ada@example.com", actor=ACTOR
            )
        committed_tenants.made.append(tenant)
        provision_pending()
    with operators_scope():
        _, token = invite_admin(tenant, actor=ACTOR)
    tenant = Tenant.objects.select_related("placement").get(pk=tenant.pk)
    ada = visitor()
    _accept(ada, invitation_link(tenant, token, scheme="http", port=str(server.port)), "ada")
    ada.page.get_by_label("Username").fill("ada")
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Sign in").click()
    ada.sees("Overview")


def _accept(guest: Visitor, link: str, username: str) -> None:
    page = guest.page
    guest.open(link)
    page.wait_for_url(re.compile(r"/invitation/$"))
    assert page.get_by_label("Invitation code").input_value()
    assert not guest.overflows
    page.get_by_label("Username").fill(username)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password, again").fill(PASSWORD)
    page.get_by_role("button", name="Accept").click()
    guest.sees("Sign in with what you have just chosen")


def test_an_admin_invites_by_a_link_and_an_operator_by_another(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant
) -> None:
    with tenant_scope(home):
        create_user(username="ada", password=PASSWORD, roles=["admin"], actor=ACTOR)
    ada = visitor()
    ada.sign_in(server.admin_of(home), "ada", PASSWORD)
    ada.menu("Invitations")
    ada.page.locator("a[href='/admin/rbac/invitation/add/']").first.click()
    ada.page.fill("#id_email", "grace@example.com")
    ada.page.get_by_label("Viewer", exact=False).first.check()
    ada.save()
    ada.sees("can join with this link")
    link = ada.page.locator("#secret").inner_text()
    grace = visitor()
    _accept(grace, link.strip(), "grace")
    with tenant_scope(home):
        assert User.objects.get(username="grace").role_keys == {"viewer"}
