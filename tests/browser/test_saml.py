"""Signing on by SAML in a real browser, at a real identity provider.

The identity provider's pages come from its https address, as in production: the browser is given
them by a route to its port. The platform is on plain http, where a browser keeps a ``Secure``
cookie at names below ``localhost`` alone.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
from django.utils import timezone

from rbac.models import User
from rbac.services.users import create_user
from sso.email_domains.models import EmailDomain
from sso.provisioning.models import Identity
from sso.saml import selectors
from sso.saml.models import SamlConfiguration
from sso.saml.protocol.names import NAME_ID_EMAIL
from sso.saml.services.configurations import create_configuration
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Domain
from tests.browser.conftest import TIERS
from tests.conftest import ACTOR
from tests.sso.saml.protocol.drafts import signer
from tests.sso.saml.protocol.encrypting import AES256_GCM
from tests.sso.saml.simplesamlphp import BASE, ENTITY_ID, SimpleSamlPhp
from tests.sso.sign_in.signing_in import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, Route

    from tenants.models import Tenant
    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

_AT_IDP = ENTITY_ID.removesuffix("metadata.php")

pytestmark = [pytest.mark.browser, pytest.mark.needs("simplesamlphp")]


@pytest.fixture(scope="module")
def simplesamlphp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSamlPhp]:
    """The identity provider."""
    running = SimpleSamlPhp(tmp_path_factory.mktemp("browser"), signer("real-idp").pair())
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(params=TIERS)
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant at a name below localhost."""
    tenant = committed_tenants(request.param)
    with as_owner():
        Domain.objects.filter(tenant=tenant, is_primary=True).update(
            domain=f"{tenant.slug}.localhost"
        )
    return tenant


def _trust(
    tenant: Tenant,
    origin: str,
    idp: SimpleSamlPhp,
    *,
    at_idp: dict[str, Any] | None = None,
    **chosen: Any,
) -> None:
    with tenant_scope(tenant):
        configuration = create_configuration(
            name="Company",
            slug="company",
            metadata_xml=idp.metadata().decode(),
            name_id_format=NAME_ID_EMAIL,
            actor=ACTOR,
            **chosen,
        )
        idp.trust((selectors.service_provider(configuration, origin), at_idp or {}))


def _lead(page: Page, idp: SimpleSamlPhp) -> None:
    """Give the page what the identity provider answers at its address."""

    def answer(route: Route) -> None:
        asked = route.request
        parts = urlsplit(asked.url)
        found = requests.request(
            asked.method,
            f"http://127.0.0.1:{idp.port}{parts.path}?{parts.query}",
            data=asked.post_data_buffer,
            headers={**asked.all_headers(), "Host": parts.netloc},
            allow_redirects=False,
            timeout=30,
        )
        headers = {k: v for k, v in found.headers.items() if k.lower() not in _OF_THE_HOP}
        headers["Set-Cookie"] = "\n".join(found.raw.headers.getlist("Set-Cookie"))
        place = found.headers.get("Location", "")
        if place.startswith(BASE) and asked.redirected_from is None:
            # What a route redirects to is given to no route: lead on by a page.
            leading = f'<meta http-equiv="refresh" content="0; url={escape(place)}">'
            headers.pop("Location")
            route.fulfill(status=200, headers=headers, body=leading)
            return
        route.fulfill(status=found.status_code, headers=headers, body=found.content)

    page.route(f"{BASE}**", answer)


_OF_THE_HOP = {"connection", "content-length", "transfer-encoding", "host"}


def test_somebody_signs_on_with_the_button(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    home: Tenant,
    simplesamlphp: SimpleSamlPhp,
) -> None:
    origin = f"http://{home.slug}.localhost:{server.port}"
    _trust(home, origin, simplesamlphp)
    person = visitor()
    _lead(person.page, simplesamlphp)
    person.open(f"{origin}/account/sessions/")
    person.page.get_by_role("link", name="Sign in with Company").click()
    _prove(person)
    person.page.wait_for_url(f"{origin}/account/sessions/")
    assert "ada@example.com" in person.page.content()
    with tenant_scope(home):
        assert User.objects.get(username="ada@example.com").sessions.count() == 1
    person.page.get_by_role("button", name="Sign out").click()
    person.page.get_by_text("You have signed out, here and at Company.").wait_for()
    with tenant_scope(home):
        assert not User.objects.get(username="ada@example.com").sessions.exists()
    person.page.get_by_role("link", name="Sign in with Company").click()
    person.page.locator("input[name=password]").wait_for()


def _prove(person: Visitor) -> None:
    """Sign in at the identity provider."""
    person.page.locator("input[name=username]").fill("ada")
    person.page.locator("input[name=password]").fill("secret")
    person.page.locator("[type=submit]").last.click()


def test_it_begins_at_the_identity_provider_and_nobody_reads_it_on_the_way(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    home: Tenant,
    simplesamlphp: SimpleSamlPhp,
) -> None:
    origin = f"http://{home.slug}.localhost:{server.port}"
    at_idp = {"assertion.encryption": True, "sharedkey_algorithm": AES256_GCM}
    chosen = {"requires_encryption": True, "allows_idp_initiated": True}
    _trust(home, origin, simplesamlphp, at_idp=at_idp, **chosen)
    person = visitor()
    _lead(person.page, simplesamlphp)
    sp = f"spentityid={origin}/sso/saml/company/metadata/"
    person.open(f"{_AT_IDP}SSOService.php?{sp}&RelayState=/account/sessions/")
    _prove(person)
    person.page.wait_for_url(f"{origin}/account/sessions/")
    assert "ada@example.com" in person.page.content()
    person.page.get_by_role("button", name="Sign out").click()
    person.page.get_by_text("You have signed out, here and at Company.").wait_for()


def test_somebody_is_led_there_by_their_address(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    home: Tenant,
    simplesamlphp: SimpleSamlPhp,
) -> None:
    """The address and Enter: what leads on is no form, whose redirects the browser would refuse."""
    origin = f"http://{home.slug}.localhost:{server.port}"
    _trust(home, origin, simplesamlphp)
    with tenant_scope(home):
        EmailDomain.objects.create(
            domain="example.com",
            challenge="0",
            provider_kind="saml",
            provider_id=SamlConfiguration.objects.get().pk,
            verified_at=timezone.now(),
        )
    person = visitor()
    _lead(person.page, simplesamlphp)
    person.open(f"{origin}/account/sessions/")
    person.page.get_by_label("Username or e-mail address").fill("ada@example.com")
    person.page.keyboard.press("Enter")
    _prove(person)
    person.page.wait_for_url(f"{origin}/account/sessions/")
    assert "ada@example.com" in person.page.content()


def test_somebody_links_who_they_are_there(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    home: Tenant,
    simplesamlphp: SimpleSamlPhp,
) -> None:
    origin = f"http://{home.slug}.localhost:{server.port}"
    _trust(home, origin, simplesamlphp)
    with tenant_scope(home):
        create_user(username="vic", password=PASSWORD, actor=ACTOR)
    person = visitor()
    _lead(person.page, simplesamlphp)
    person.open(f"{origin}/account/identities/")
    person.page.get_by_label("Username").fill("vic")
    person.page.get_by_label("Password").fill(PASSWORD)
    person.page.get_by_role("button", name="Sign in", exact=True).click()
    person.page.get_by_label("Current password").fill(PASSWORD)
    person.page.get_by_role("button", name="Link Company").click()
    _prove(person)
    person.page.wait_for_url(f"{origin}/account/identities/")
    assert "ada@example.com" in person.page.content()
    with tenant_scope(home):
        assert Identity.objects.get().user.username == "vic"
