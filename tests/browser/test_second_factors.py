"""Second factors in a real browser, with the virtual authenticator that browsers have for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp
import pytest

from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Domain
from tests.browser.conftest import PASSWORD
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


def sign_in(vic: Visitor) -> None:
    vic.page.get_by_label("Username").fill("vic")
    vic.page.get_by_label("Password").fill(PASSWORD)
    vic.page.get_by_role("button", name="Sign in").click()


def test_passkeys_apps_and_recovery_codes(
    server: PlatformServer, visitor: Callable[[], Visitor], committed_tenants: ThrowawayTenants
) -> None:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        create_user(username="vic", password=PASSWORD, roles=["viewer"], actor=ACTOR)
    with as_owner():  # browsers have passkeys on https, and at names below localhost
        Domain.objects.filter(tenant=tenant, is_primary=True).update(
            domain=f"{tenant.slug}.localhost"
        )
    vic = visitor()
    page = vic.page
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    vic.open(f"http://{tenant.slug}.localhost:{server.port}/account/second-factors/")
    sign_in(vic)

    vic.sees("Your password alone signs you in.")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Create a passkey").click()
    page.get_by_role("button", name="Make recovery codes").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    vic.sees("laptop")
    vic.sees("10 left.")

    page.get_by_role("button", name="Sign out").click()
    sign_in(vic)
    vic.sees("Show your second factor")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/account/")

    page.get_by_role("button", name="Sign out").click()
    sign_in(vic)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/account/")

    page.get_by_role("link", name="Second factors").click()
    vic.sees("9 left.")
    page.get_by_role("link", name="Set up an app").click()
    assert page.locator(".qr-code svg").is_visible()
    assert not vic.overflows
    app = pyotp.TOTP(page.locator("code.secret").inner_text())
    page.get_by_label("Code that the app shows").fill("000000")
    page.get_by_role("button", name="Set up the app").click()
    vic.sees("This is not the code that the app shows now.")
    # The key stays the same, so what was scanned already is right.
    page.get_by_label("Code that the app shows").fill(app.now())
    page.get_by_role("button", name="Set up the app").click()
    vic.sees("Authenticator app")

    page.get_by_role("link", name="Remove laptop").click()
    page.get_by_role("button", name="Remove").click()
    vic.sees("laptop is removed.")
