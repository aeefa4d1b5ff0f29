"""Sign-on and logout with a real identity provider, by HTTP from end to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from sso.saml.protocol import bindings, logout
from sso.saml.protocol.assertions import Context, Expected, VerifiedAssertion
from sso.saml.protocol.identity_provider_metadata import read_metadata
from sso.saml.protocol.names import NAME_ID_EMAIL
from sso.saml.protocol.requests import RequestOptions, authentication_request
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.protocol.subjects import NameId
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.drafts import signer
from tests.sso.saml.protocol.encrypting import AES256_CBC, AES256_GCM
from tests.sso.saml.protocol.reading import Store, read_posted
from tests.sso.saml.simplesamlphp import (
    BASE,
    ELSEWHERE,
    ENTITY_ID,
    Arrival,
    Browser,
    SimpleSamlPhp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sso.saml.protocol.parties import IdentityProvider, ServiceProvider

pytestmark = pytest.mark.needs("simplesamlphp")

ADA = NameId("ada@example.com", NAME_ID_EMAIL)
OPTIONS = RequestOptions(name_id_format=NAME_ID_EMAIL)


def _sp(name: str) -> ServiceProvider:
    base = f"https://acme.iac.test/sso/saml/{name}/"
    known = drafts.sp()
    acs, slo = f"{base}acs/", f"{base}slo/"
    return replace(known, entity_id=f"{base}metadata/", acs_url=acs, slo_url=slo)


PLAIN, GCM, CBC = _sp("plain"), _sp("gcm"), _sp("cbc")


@pytest.fixture(scope="module")
def simplesamlphp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSamlPhp]:
    server = SimpleSamlPhp(tmp_path_factory.mktemp("simplesamlphp"), signer("real-idp").pair())
    encrypted = {"assertion.encryption": True}
    server.trust(
        (PLAIN, {}),
        (GCM, {**encrypted, "sharedkey_algorithm": AES256_GCM}),
        (CBC, {**encrypted, "sharedkey_algorithm": AES256_CBC}),
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def idp(simplesamlphp: SimpleSamlPhp) -> IdentityProvider:
    return read_metadata(simplesamlphp.metadata(), now=datetime.now(UTC))


@pytest.fixture
def browser(simplesamlphp: SimpleSamlPhp) -> Browser:
    return Browser(simplesamlphp.port)


def _read(
    arrival: Arrival, sp: ServiceProvider, idp: IdentityProvider, **expected: Any
) -> VerifiedAssertion:
    held = Context(idp, sp, Expected(**expected), datetime.now(UTC))
    return read_posted(arrival.fields["SAMLResponse"], held, Store())


def _sign_on(browser: Browser, sp: ServiceProvider, idp: IdentityProvider) -> VerifiedAssertion:
    sent = authentication_request(
        sp, idp, now=datetime.now(UTC), relay_state="/projects/", options=OPTIONS
    )
    arrival = browser.follow(sent.url, sent.fields)
    assert arrival.url == sp.acs_url
    assert arrival.fields["RelayState"] == "/projects/"
    return _read(arrival, sp, idp, request_id=sent.message_id)


def test_its_metadata_is_read(idp: IdentityProvider) -> None:
    assert idp.entity_id == ENTITY_ID
    assert idp.certificates == (signer("real-idp").pem,)
    assert all(each.location.startswith(BASE) for each in idp.sign_on)


@pytest.mark.parametrize("sp", [PLAIN, GCM, CBC], ids=["plain", "gcm", "cbc"])
def test_somebody_signs_on(browser: Browser, idp: IdentityProvider, sp: ServiceProvider) -> None:
    sign_on = _sign_on(browser, sp, idp)
    assert sign_on.name_id == replace(ADA, sp_name_qualifier=sp.entity_id)
    assert sign_on.attributes["groups"] == ("Engineers", "Ada")
    assert sign_on.signed == {"response", "assertion"}
    assert sign_on.encrypted is (sp is not PLAIN)


def test_it_refuses_a_request_that_is_not_ours(browser: Browser, idp: IdentityProvider) -> None:
    forged = replace(PLAIN, signing=signer("attacker").pair())
    sent = authentication_request(forged, idp, now=datetime.now(UTC), options=OPTIONS)
    with pytest.raises(AssertionError, match="Unhandled exception"):
        browser.follow(sent.url)


def test_sign_on_begins_at_the_identity_provider(browser: Browser, idp: IdentityProvider) -> None:
    url = f"{idp.sign_on[0].location}?spentityid={PLAIN.entity_id}"
    arrival = browser.follow(url)
    sign_on = _read(arrival, PLAIN, idp, request_id=None, allow_unsolicited=True)
    assert sign_on.name_id.value == ADA.value
    with pytest.raises(SamlError) as caught:
        _read(arrival, PLAIN, idp, request_id=None)
    assert caught.value.rule is Rule.UNSOLICITED


def test_a_response_for_one_service_provider_is_refused_by_another(
    browser: Browser, idp: IdentityProvider
) -> None:
    sent = authentication_request(PLAIN, idp, now=datetime.now(UTC), options=OPTIONS)
    arrival = browser.follow(sent.url, sent.fields)
    _read(arrival, PLAIN, idp, request_id=sent.message_id)
    with pytest.raises(SamlError) as caught:
        _read(arrival, GCM, idp, request_id=sent.message_id)
    assert caught.value.rule is Rule.DESTINATION


def test_logout_begins_here(browser: Browser, idp: IdentityProvider) -> None:
    sign_on = _sign_on(browser, PLAIN, idp)
    session = logout.Session(sign_on.name_id, sign_on.session_index)
    now = datetime.now(UTC)
    sent = logout.logout_request(PLAIN, idp, session, now=now, relay_state="/bye/")
    arrival = browser.follow(sent.url, sent.fields)
    assert arrival.url.startswith(PLAIN.slo_url)
    query = urlsplit(arrival.url).query
    incoming = bindings.from_query(query, "SAMLResponse", idp.certificates)
    assert incoming.relay_state == "/bye/"
    logout.read_logout_response(
        incoming, PLAIN, idp, request_id=sent.message_id, now=datetime.now(UTC)
    )


def test_logout_begins_at_the_identity_provider(browser: Browser, idp: IdentityProvider) -> None:
    sign_on = _sign_on(browser, PLAIN, idp)
    url = idp.logout[0].location
    arrival = browser.follow(f"{url}?ReturnTo={ELSEWHERE}")
    assert arrival.url.startswith(PLAIN.slo_url)
    query = urlsplit(arrival.url).query
    incoming = bindings.from_query(query, "SAMLRequest", idp.certificates)
    now = datetime.now(UTC)
    asked = logout.read_logout_request(incoming, PLAIN, idp, now=now, store=Store())
    session = logout.Session(sign_on.name_id, sign_on.session_index)
    assert asked.ends(session)
    answer = logout.logout_response(PLAIN, idp, asked, now=now)
    assert browser.follow(answer.url, answer.fields).url == ELSEWHERE
