"""Signing on from end to end: this platform's pages, and a real identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from lxml import html

from rbac.models import RoleGrant, User
from sso.login_events.models import Outcome
from sso.provisioning.services.mappings import create_mapping
from sso.saml import selectors
from sso.saml.models import SamlSession
from sso.saml.protocol.names import NAME_ID_EMAIL
from sso.saml.services.configurations import create_configuration
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.saml.protocol.drafts import signer
from tests.sso.saml.protocol.encrypting import AES256_GCM
from tests.sso.saml.simplesamlphp import ELSEWHERE, ENTITY_ID, Arrival, Browser, SimpleSamlPhp
from tests.sso.saml.visitors import Visitor, events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.parties import ServiceProvider
    from tenants.models import Tenant
    from tests.conftest import Person

pytestmark = pytest.mark.needs("simplesamlphp")


@pytest.fixture(scope="module")
def simplesamlphp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSamlPhp]:
    """The identity provider."""
    server = SimpleSamlPhp(tmp_path_factory.mktemp("sign-on"), signer("real-idp").pair())
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Site:
    """A tenant that trusts the identity provider, and is known to it."""

    def __init__(self, tenant: Tenant, idp: SimpleSamlPhp) -> None:
        self.tenant, self.idp = tenant, idp
        self.configurations: list[tuple[SamlConfiguration, dict[str, Any]]] = []

    def configure(self, slug: str, at_idp: dict[str, Any], **chosen: Any) -> SamlConfiguration:
        """Have both know each other by one configuration more."""
        with tenant_scope(self.tenant):
            configuration = create_configuration(
                name=slug.title(),
                slug=slug,
                metadata_xml=self.idp.metadata().decode(),
                name_id_format=NAME_ID_EMAIL,
                actor=ACTOR,
                **chosen,
            )
        self.configurations.append((configuration, at_idp))
        self.idp.trust(*self.partners())
        return configuration

    def partners(self) -> list[tuple[ServiceProvider, dict[str, Any]]]:
        """What the identity provider knows of the tenant."""
        base = f"http://{host_of(self.tenant)}"
        with tenant_scope(self.tenant):
            return [
                (selectors.service_provider(each, base), extra)
                for each, extra in self.configurations
            ]

    def arrive(self, visitor: Visitor, slug: str, **query: str) -> Arrival:
        """Begin here, sign in as Ada there, and come back with a response."""
        url = visitor.get(f"/sso/saml/{slug}/login/", query)["Location"]
        return self.idp.browser().follow(url)


@pytest.fixture
def site(tenant: Tenant, simplesamlphp: SimpleSamlPhp) -> Site:
    """A tenant, and the identity provider."""
    return Site(tenant, simplesamlphp)


def bring(visitor: Visitor, arrival: Arrival) -> Any:
    """Post what the identity provider's page posts."""
    return visitor.post(arrival.url, dict(arrival.fields))


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_somebody_signs_on_and_has_what_their_groups_give(
    site: Site, tenant: Tenant, person: Person, encrypted: bool
) -> None:
    at_idp = {"assertion.encryption": True, "sharedkey_algorithm": AES256_GCM} if encrypted else {}
    configuration = site.configure("php", at_idp, requires_encryption=encrypted)
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="saml",
            provider_id=configuration.pk,
            actor=person(tenant, "admin"),
            email_attribute="mail",
            groups_attribute="groups",
            role_sync="exact",
            group_roles=[{"group": "Engineers", "role": "system-engineer"}],
        )
    visitor = Visitor(tenant)
    answer = bring(visitor, site.arrive(visitor, "php", next="/account/tokens/"))
    assert (answer.status_code, answer["Location"]) == (302, "/account/tokens/")
    with tenant_scope(tenant):
        user = User.objects.get(pk=visitor.user_id())
        assert user.email == "ada@example.com"
        assert RoleGrant.objects.get(user=user).role.key == "system-engineer"
        assert SamlSession.objects.get().session_index
    assert "ada@example.com" in events(tenant)[-1].document


def test_the_same_response_is_refused_the_second_time(site: Site, tenant: Tenant) -> None:
    site.configure("php", {}, allows_idp_initiated=True)
    visitor = Visitor(tenant)
    arrival = site.arrive(visitor, "php")
    assert bring(visitor, arrival).status_code == 302
    assert bring(visitor, arrival).status_code == 403
    assert events(tenant)[-1].code == "wrong-in-response-to"


def test_it_begins_at_the_identity_provider_where_that_is_allowed(
    site: Site, tenant: Tenant
) -> None:
    site.configure("open", {}, allows_idp_initiated=True)
    site.configure("closed", {})
    visitor = Visitor(tenant)
    for slug, status in (("closed", 403), ("open", 302)):
        entity_id = f"http://{host_of(tenant)}/sso/saml/{slug}/metadata/"
        url = f"{ENTITY_ID.replace('metadata.php', 'SSOService.php')}?spentityid={entity_id}"
        arrival = Browser(site.idp.port).follow(f"{url}&RelayState=/account/tokens/")
        answer = bring(visitor, arrival)
        assert answer.status_code == status
    assert answer["Location"] == "/account/tokens/"
    again = bring(Visitor(tenant), arrival)
    assert (again.status_code, events(tenant)[-1].code) == (403, "used-before")


def test_a_response_to_another_browser_is_refused(site: Site, tenant: Tenant) -> None:
    site.configure("php", {})
    visitor, victim = Visitor(tenant), Visitor(tenant)
    arrival = site.arrive(visitor, "php")
    victim.begin("php")
    assert bring(victim, arrival).status_code == 403
    assert victim.user_id() is None
    assert bring(visitor, arrival).status_code == 302


def signed_on(site: Site, there: Browser) -> Visitor:
    """Somebody who has signed on, with what their browser keeps at the identity provider."""
    visitor = Visitor(site.tenant)
    url = visitor.get("/sso/saml/php/login/")["Location"]
    assert bring(visitor, there.follow(url)).status_code == 302
    assert visitor.user_id()
    return visitor


def test_signing_out_here_signs_out_there(site: Site) -> None:
    site.configure("php", {})
    there = Browser(site.idp.port)
    signed_on(site, there)
    visitor = signed_on(site, there)
    assert there.passwords == 1
    page = html.fromstring(visitor.post("/logout/").content)
    [link] = page.cssselect(".card a")
    assert visitor.user_id() is None
    arrival = there.follow(str(link.get("href")))
    assert urlsplit(arrival.url).path == "/sso/saml/php/slo/"
    assert visitor.get(arrival.url)["Location"] == "/login/"
    assert "You have signed out, here and at Php." in visitor.get("/login/").content.decode()
    signed_on(site, there)
    assert there.passwords == 2


def test_its_single_logout_ends_our_session(site: Site, tenant: Tenant) -> None:
    """Also where the browser shows no cookie of ours."""
    site.configure("php", {})
    there, other = Browser(site.idp.port), Browser(site.idp.port)
    visitor, stays = signed_on(site, there), signed_on(site, other)
    url = ENTITY_ID.replace("metadata.php", "SingleLogoutService.php")
    arrival = there.follow(f"{url}?ReturnTo={ELSEWHERE}")
    answer = Visitor(tenant).get(arrival.url)
    assert there.follow(answer["Location"]).url == ELSEWHERE
    assert (visitor.user_id(), bool(stays.user_id())) == (None, True)
    assert visitor.get("/account/").status_code == 302
    assert events(tenant)[-1].outcome == Outcome.SIGNED_OUT
