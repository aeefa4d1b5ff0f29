"""Attacks on the pages of sign-on, each beside the valid request that it imitates."""

from __future__ import annotations

import zlib
from base64 import b64decode
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest

from rbac.models import User
from rbac.services.users import update_user
from sso.login_events.models import Outcome
from sso.provisioning.models import Identity, ProviderMapping
from sso.provisioning.services.identities import unlink_identity
from sso.provisioning.services.mappings import create_mapping
from sso.provisioning.services.sign_on import sign_on
from sso.saml.models import SamlRequest, SamlSession
from sso.saml.pages.consumer import LARGE_RESPONSES
from sso.saml.protocol import documents
from sso.saml.services.configurations import delete_configuration, update_configuration
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.describing import key_descriptor, metadata_document
from tests.sso.saml.protocol.drafts import OTHER_IDP_ID, posted, signer
from tests.sso.saml.visitors import COOKIE, Idp, Visitor, configure, events, request_id_in
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from typing import Any

    from sso.provisioning.external import ExternalIdentity
    from sso.provisioning.services.sign_on import SignedOn
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Rivals


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration."""
    return configure(tenant)


@pytest.fixture
def browser(tenant: Tenant, okta: SamlConfiguration) -> Visitor:
    """A browser at a tenant that has it."""
    del okta
    return Visitor(tenant)


def refused(visitor: Visitor, answer: Any, code: str, status: int = 403) -> str:
    """It was refused, nobody is signed in, and only the log says why; the page."""
    assert answer.status_code == status, answer
    page: str = answer.content.decode()
    assert visitor.user_id() is None
    event = events(visitor.tenant)[-1]
    assert (event.outcome, event.code) == (Outcome.REFUSED, code)
    assert event.reason
    assert event.reason not in page
    assert event.reference in page
    with tenant_scope(visitor.tenant):
        assert not SamlSession.objects.exists()
        assert not Session.objects.filter(user__isnull=False).exists()
    return page


def test_a_response_is_good_in_the_browser_that_asked_and_in_no_other(
    browser: Visitor, tenant: Tenant
) -> None:
    """Login CSRF: an attacker has a victim's browser bring a response of their own."""
    response = Idp(tenant).response(browser.begin())
    without = Visitor(tenant)
    refused(without, without.bring(response), "unsolicited-response")
    victim = Visitor(tenant)
    victim.begin()
    refused(victim, victim.bring(response), "unsolicited-response")
    forger = Visitor(tenant)
    forger.cookies[COOKIE] = "x" * 43
    refused(forger, forger.bring(response), "unsolicited-response")
    assert browser.bring(response).status_code == 302


def test_a_response_is_good_once(browser: Visitor, tenant: Tenant, okta: SamlConfiguration) -> None:
    response = Idp(tenant).response(browser.begin())
    assert browser.bring(response).status_code == 302
    with tenant_scope(tenant):
        Session.objects.all().delete()
    refused(browser, browser.bring(response), "unsolicited-response")
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"allows_idp_initiated": True})
    unasked = Idp(tenant).response(None)
    assert Visitor(tenant).bring(unasked).status_code == 302
    with tenant_scope(tenant):
        Session.objects.all().delete()
    again = Visitor(tenant)
    refused(again, again.bring(unasked), "used-before")


def test_what_was_refused_later_is_used_all_the_same(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"allows_idp_initiated": True})
        taken = User.objects.create(username="ada@example.com", password="!")
    response = Idp(tenant).response(None)
    refused(browser, browser.bring(response), "username-taken")
    with tenant_scope(tenant):
        User.objects.filter(pk=taken.pk).update(username_key="somebody", username="somebody")
    refused(browser, browser.bring(response), "used-before")
    assert browser.bring(Idp(tenant).response(None)).status_code == 302


def test_unasked_responses_are_good_only_where_they_are_allowed(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    refused(browser, browser.bring(Idp(tenant).response(None)), "unsolicited-response")
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"allows_idp_initiated": True})
    stolen = Idp(tenant).response("_of-another-browser")
    refused(browser, browser.bring(stolen), "wrong-in-response-to")
    assert browser.bring(Idp(tenant).response(None)).status_code == 302


def test_another_provider_of_the_tenant_cannot_answer(browser: Visitor, tenant: Tenant) -> None:
    configure(tenant, "other", metadata_xml=_other_idp())
    request_id = browser.begin()
    said = {"issuer": OTHER_IDP_ID, "response_issuer": OTHER_IDP_ID}
    draft = Idp(tenant).draft(request_id, **said)
    refused(browser, browser.bring(drafts.response(draft, by=signer("other"))), "wrong-issuer")
    # Nor is a request to one answered at the other's address.
    request_id = browser.begin()
    draft = Idp(tenant, "other").draft(request_id, **said)
    misled = drafts.response(draft, by=signer("other"))
    refused(browser, browser.bring(misled, "other"), "unsolicited-response")
    assert browser.sign_on().status_code == 302


@an_attacker_in_each_tier
def test_a_response_for_one_tenant_is_nothing_at_another(rivals: Rivals) -> None:
    for tenant in rivals:
        configure(tenant, allows_idp_initiated=True)
    victim = Visitor(rivals.victim)
    refused(victim, victim.bring(Idp(rivals.attacker).response(None)), "wrong-destination")
    asked = Visitor(rivals.attacker).begin()
    refused(victim, victim.bring(Idp(rivals.victim).response(asked)), "wrong-in-response-to")
    assert victim.bring(Idp(rivals.victim).response(None)).status_code == 302


def test_a_forged_signature_is_refused(browser: Visitor, tenant: Tenant) -> None:
    draft = Idp(tenant).draft(browser.begin())
    forged = drafts.response(draft, by=signer("attacker"))
    page = refused(browser, browser.bring(forged), "signature-invalid")
    assert "example.com" not in page
    assert browser.sign_on().status_code == 302


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "message-not-xml"),
        ("%%%", "message-encoding"),
        (posted("<a/>"), "unexpected-message"),
        (posted("<!DOCTYPE a><a/>"), "document-type-declared"),
        ("A" * 700_000, "message-too-large"),
    ],
    ids=["nothing", "no base64", "another message", "DTD", "large"],
)
def test_what_is_no_response_is_refused(browser: Visitor, sent: str, code: str) -> None:
    browser.begin()
    refused(browser, browser.bring(sent), code)


def test_nothing_is_decoded_of_what_comes_from_a_browser_that_began_nothing(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    refused(browser, browser.bring("%%%"), "unsolicited-response")
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"allows_idp_initiated": True})
    refused(browser, browser.bring("%%%"), "message-encoding")


def test_a_message_is_parsed_once(browser: Visitor, tenant: Tenant) -> None:
    forged = drafts.response(Idp(tenant).draft(browser.begin()), by=signer("attacker"))
    with patch.object(documents, "parse", wraps=documents.parse) as parse:
        refused(browser, browser.bring(forged), "signature-invalid")
    assert parse.call_count == 1


@pytest.mark.parametrize(("pad", "is_kept"), [(60_000, False), (10_000, True)])
def test_of_a_large_message_that_was_not_verified_the_log_keeps_nothing(
    browser: Visitor, tenant: Tenant, pad: int, is_kept: bool
) -> None:
    value = f"<saml:AttributeValue>{'x' * 1_000}</saml:AttributeValue>" * (pad // 1_000)
    large = f'<saml:Attribute Name="many">{value}</saml:Attribute>'
    draft = Idp(tenant).draft(browser.begin(), values=large)
    refused(browser, browser.bring(drafts.response(draft, by=signer("x"))), "signature-invalid")
    assert bool(events(tenant)[-1].document) is is_kept
    assert browser.sign_on(values=large).status_code == 302


def test_large_messages_are_read_one_after_another(browser: Visitor, tenant: Tenant) -> None:
    browser.begin()
    with LARGE_RESPONSES.taken(tenant.pk):
        busy = browser.bring("A" * 70_000)
        assert (busy.status_code, events(tenant)[-1].code) == (429, "large-response-busy")
        assert browser.sign_on().status_code == 302
    other = Visitor(tenant)
    other.begin()
    answer = other.bring("A" * 70_000)
    assert (answer.status_code, events(tenant)[-1].code) == (403, "message-not-xml")


def test_a_body_is_bounded_before_it_is_read(browser: Visitor, tenant: Tenant) -> None:
    large = browser.bring("A" * (1024 * 1024))
    assert large.status_code == 413
    assert events(tenant) == []
    # Elsewhere nobody may send as much as a response may have.
    assert browser.post("/login/", {"username": "A" * 100_000}).status_code == 413


def test_a_deactivated_user_stays_out(browser: Visitor, tenant: Tenant) -> None:
    browser.sign_on()
    with tenant_scope(tenant):
        user = User.objects.get(pk=browser.user_id())
        update_user(user, actor=ACTOR, changes={"is_active": False})
        SamlSession.objects.all().delete()
    other = Visitor(tenant)
    refused(other, other.sign_on(), "user-deactivated")
    with tenant_scope(tenant):
        update_user(user, actor=ACTOR, changes={"is_active": True})
    assert other.sign_on().status_code == 302


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "switched off"])
def test_a_configuration_that_is_gone_meanwhile_answers_like_one_that_never_was(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration, deleted: bool
) -> None:
    response = Idp(tenant).response(browser.begin())
    with tenant_scope(tenant):
        if deleted:
            delete_configuration(okta, actor=ACTOR)
        else:
            update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
    gone, never = browser.bring(response), browser.bring(response, "never")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.content.replace(b"okta", b"never") == never.content
    assert browser.get("/sso/saml/okta/login/").status_code == 404
    assert browser.user_id() is None


def test_only_a_post_brings_a_response(browser: Visitor) -> None:
    assert browser.get("/sso/saml/okta/acs/").status_code == 405
    assert browser.post("/sso/saml/okta/login/").status_code == 405


def test_tries_are_counted_before_anything_is_decoded(
    browser: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rbac.attempts.TRIES_FROM_NETWORK", 2)
    browser.begin()
    for _ in range(2):
        refused(browser, browser.bring("%%%"), "message-encoding")
    answer = browser.bring("%%%")
    assert (answer.status_code, len(events(tenant))) == (429, 2)
    assert "Reference" not in answer.content.decode()
    assert int(answer["Retry-After"]) > 0
    begun = [browser.get("/sso/saml/okta/login/").status_code for _ in range(2)]
    assert begun == [302, 429]
    with tenant_scope(tenant):
        assert SamlRequest.objects.count() == 2


def test_sign_ons_that_succeed_use_up_nobodys_tries(
    tenant: Tenant, okta: SamlConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    del okta
    monkeypatch.setattr("rbac.attempts.TRIES_FROM_NETWORK", 2)
    for _ in range(5):
        assert Visitor(tenant, "192.0.2.7").sign_on().status_code == 302


def test_the_log_keeps_nothing_that_could_be_used_again(browser: Visitor, tenant: Tenant) -> None:
    Visitor(tenant).sign_on()
    document = events(tenant)[-1].document
    assert "ada@example.com" in document  # the NameID
    assert "Engineers" not in document  # an attribute that nothing is mapped to
    forged = drafts.response(Idp(tenant).draft(browser.begin()), by=signer("attacker"))
    value = str(forged.findtext(".//{*}SignatureValue"))
    browser.bring(forged)
    kept = events(tenant)[-1].document
    assert "SignatureValue" in kept
    assert value not in kept


def test_the_same_name_at_another_identity_provider_is_somebody_else(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    browser.sign_on()
    ada = browser.user_id()
    _update(tenant, okta, metadata_xml=_other_idp())
    assert browser.user_id() is None  # the session ended
    draft = Idp(tenant).draft(browser.begin(), issuer=OTHER_IDP_ID, response_issuer=OTHER_IDP_ID)
    refused(browser, browser.bring(drafts.response(draft, by=signer("other"))), "username-taken")
    _update(tenant, okta, metadata_xml=metadata_document().decode())
    browser.sign_on()
    assert browser.user_id() == ada


def test_sessions_end_with_a_certificate_and_stay_when_one_comes(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    browser.sign_on()
    both = metadata_document(keys=key_descriptor() + key_descriptor(signer("other").certificate))
    _update(tenant, okta, metadata_xml=both.decode())
    assert browser.user_id() is not None
    _update(tenant, okta, metadata_xml=metadata_document().decode())
    assert browser.user_id() is None


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        ("user", "user-deactivated"),
        ("off", "metadata"),
        ("idp", "metadata"),
        ("unlinked", "user-unknown"),
    ],
)
def test_what_changes_between_the_verification_and_the_session_counts(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration, meanwhile: str, code: str
) -> None:
    Visitor(tenant).sign_on()
    with tenant_scope(tenant):
        SamlSession.objects.all().delete()
        Session.objects.all().delete()

    def changing(external: ExternalIdentity) -> SignedOn:
        signed_on = sign_on(external)
        if meanwhile == "user":
            update_user(signed_on.user, actor=ACTOR, changes={"is_active": False})
        elif meanwhile == "off":
            update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
        elif meanwhile == "unlinked":
            unlink_identity(Identity.objects.get(user=signed_on.user), actor=ACTOR)
        else:
            update_configuration(okta, actor=ACTOR, changes={"metadata_xml": _other_idp()})
        return signed_on

    with patch("sso.federation.responses.sign_on", changing):
        refused(browser, browser.sign_on(), code)
        refused(browser, browser.sign_on(name_id="<saml:NameID>eve</saml:NameID>"), code)
    with tenant_scope(tenant):
        assert not User.objects.filter(username="eve").exists(), "nothing stays of the second one"


def test_only_the_kinds_of_sign_on_that_were_asked_for_are_taken(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    _update(tenant, okta, authentication_contexts=["urn:example:stronger"])
    location = browser.get("/sso/saml/okta/login/")["Location"]
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    asked = zlib.decompress(b64decode(packed), -zlib.MAX_WBITS).decode()
    assert 'Comparison="exact"' in asked
    assert "urn:example:stronger" in asked
    weaker = Idp(tenant).response(request_id_in(location))
    refused(browser, browser.bring(weaker), "authentication-context")
    _update(tenant, okta, authentication_contexts=["urn:example:stronger", drafts.PASSWORD])
    assert browser.sign_on().status_code == 302


def test_somebody_signs_on_so_often_only(
    browser: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rbac.attempts.SUCCESSES_AT_ACCOUNT", 2)
    for _ in range(2):
        assert Visitor(tenant).sign_on().status_code == 302
    answer = browser.sign_on()
    assert (answer.status_code, browser.user_id()) == (429, None)
    # Of others nobody is the wiser.
    eve = "<saml:NameID>eve</saml:NameID>"
    assert browser.sign_on(name_id=eve).status_code == 302


def test_what_was_not_begun_is_not_taken_back(
    tenant: Tenant, okta: SamlConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rbac.attempts.TRIES_FROM_NETWORK", 2)
    _update(tenant, okta, allows_idp_initiated=True)
    for _ in range(3):
        assert Visitor(tenant, "192.0.2.9").bring(Idp(tenant).response(None)).status_code == 302
    begun = [Visitor(tenant, "192.0.2.9").get("/sso/saml/okta/login/") for _ in range(3)]
    assert [answer.status_code for answer in begun] == [302, 302, 429]


def test_with_a_configuration_go_its_identities_and_its_mapping(
    browser: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    configure(tenant, "entra")
    browser.sign_on()
    eve = Visitor(tenant)
    eve.sign_on("entra", name_id="<saml:NameID>eve</saml:NameID>")
    with tenant_scope(tenant):
        create_mapping(provider_kind="saml", provider_id=okta.pk, actor=ACTOR)
        delete_configuration(okta, actor=ACTOR)
        assert not ProviderMapping.objects.exists()
        assert [str(each) for each in Identity.objects.all()] == ["eve"]
        assert User.objects.filter(username="ada@example.com").exists()


def _update(tenant: Tenant, configuration: SamlConfiguration, **changes: Any) -> None:
    with tenant_scope(tenant):
        update_configuration(configuration, actor=ACTOR, changes=changes)


def _other_idp() -> str:
    keys = key_descriptor(signer("other").certificate)
    return metadata_document(entity=OTHER_IDP_ID, keys=keys).decode()
