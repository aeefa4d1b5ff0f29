"""Single logout that begins at the identity provider, by every binding, and attacks on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import OperationalError

from rbac.models import AuditEntry, User
from sso.login_events.models import Outcome
from sso.saml.models import SamlConfiguration, SamlSession
from sso.saml.protocol import bindings, names
from sso.saml.protocol.responses import StoreUnavailable
from sso.saml.services.configurations import update_configuration
from sso.saml.sign_ons.used_messages import UsedMessages
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.saml.protocol import drafts, signing
from tests.sso.saml.protocol.describing import key_descriptor, metadata_document
from tests.sso.saml.protocol.drafts import OTHER_IDP_ID, posted, signer
from tests.sso.saml.protocol.logout_messages import INDEX, NAME_ID, message
from tests.sso.saml.visitors import Idp, Visitor, configure, events, instant
from tests.sso.sign_in.signing_in import NEW, PASSWORD
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from tenants.models import Tenant
    from tests.conftest import Rivals
    from tests.sso.saml.protocol.drafts import Signer


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """A configuration."""
    return configure(tenant)


@pytest.fixture
def ada(tenant: Tenant, okta: SamlConfiguration) -> Visitor:
    """The browser of somebody who has signed on by it."""
    del okta
    visitor = Visitor(tenant)
    assert visitor.sign_on().status_code == 302
    return visitor


def asked(tenant: Tenant, slug: str = "okta", **changes: Any) -> Element:
    """A LogoutRequest of this moment, unsigned."""
    destination = f"http://{host_of(tenant)}/sso/saml/{slug}/slo/"
    own = {"ID": f"_l{uuid4().hex}", "IssueInstant": instant(0), "Destination": destination}
    return message(**{**own, **changes})


def by_redirect(visitor: Visitor, request: Element, by: Signer | None = None) -> Any:
    pair = (by or signer()).pair()
    url = bindings.redirect("https://x.test/", "SAMLRequest", request, "state", pair)
    return visitor.get(f"/sso/saml/okta/slo/?{urlsplit(url).query}")


def by_form(visitor: Visitor, request: Element, by: Signer | None = None) -> Any:
    fields = {"SAMLRequest": posted(_signed(request, by)), "RelayState": "state"}
    return visitor.post("/sso/saml/okta/slo/", fields)


def by_soap(visitor: Visitor, request: Element, by: Signer | None = None) -> Any:
    envelope = bindings.in_envelope(_signed(request, by))
    return visitor.post("/sso/saml/okta/slo/", envelope, content_type="text/xml; charset=utf-8")


def _signed(request: Element, by: Signer | None) -> Element:
    by = by or signer()
    signing.sign(request, by.key, by.certificate)
    return request


BINDINGS = [by_redirect, by_form, by_soap]


def answer_in(answer: Any, tenant: Tenant, okta: SamlConfiguration) -> bindings.Incoming:
    """The LogoutResponse in an answer, which our key has signed."""
    with tenant_scope(tenant):
        ours = [key.certificate_pem for key in okta.keys.all()]
    if answer.status_code == 302:
        query = urlsplit(answer["Location"]).query
        return bindings.from_query(query, "SAMLResponse", ours)
    return bindings.from_envelope(answer.content)


def refused(visitor: Visitor, answer: Any, code: str) -> None:
    """It was refused, ended nothing, and the log says why."""
    assert answer.status_code == 403, answer
    event = events(visitor.tenant)[-1]
    assert (event.outcome, event.code) == (Outcome.REFUSED, code)
    assert event.reference in answer.content.decode()
    assert event.reason not in answer.content.decode()
    assert visitor.user_id()


@pytest.mark.parametrize("by", BINDINGS)
def test_it_ends_the_session_whatever_browser_brings_it(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration, by: Any
) -> None:
    """A post from another site has no cookie of ours, and a server has none at all."""
    request = asked(tenant)
    answer = answer_in(by(Visitor(tenant), request), tenant, okta)
    assert answer.root.get("InResponseTo") == request.get("ID")
    assert next(answer.root.iter(names.samlp("StatusCode"))).get("Value") == names.SUCCESS
    assert answer.relay_state == ("" if by is by_soap else "state")
    assert ada.user_id() is None
    assert ada.get("/account/").status_code == 302
    [event] = [each for each in events(tenant) if each.outcome == Outcome.SIGNED_OUT]
    assert (event.subject, event.user.username) == ("ada@example.com", "ada@example.com")
    with tenant_scope(tenant):
        assert not SamlSession.objects.exists()
        entry = AuditEntry.objects.get(action="session.revoke")
    assert entry.actor_name == "single logout"


def test_only_the_sessions_that_it_names_end(ada: Visitor, tenant: Tenant) -> None:
    other = Visitor(tenant)
    other.sign_on(session_index="_session-2")
    by_form(Visitor(tenant), asked(tenant))
    assert (ada.user_id(), bool(other.user_id())) == (None, True)
    again = Visitor(tenant)
    again.sign_on()
    by_form(Visitor(tenant), asked(tenant, indexes=""))
    assert (again.user_id(), other.user_id()) == (None, None)


@pytest.mark.parametrize(
    "unknown",
    [
        {"name_id": NAME_ID.replace("ada", "bob")},
        {"indexes": INDEX.replace("-1", "-9")},
        {"name_id": NAME_ID.replace(names.NAME_ID_EMAIL, names.NAME_ID_TRANSIENT)},
        {"name_id": NAME_ID.replace(">", ' SPNameQualifier="https://other.test/">', 1)},
    ],
)
def test_where_no_session_matches_there_is_nothing_left_to_end(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration, unknown: dict[str, Any]
) -> None:
    answer = answer_in(by_soap(Visitor(tenant), asked(tenant, **unknown)), tenant, okta)
    assert next(answer.root.iter(names.samlp("StatusCode"))).get("Value") == names.SUCCESS
    assert ada.user_id()
    assert events(tenant)[-1].reason.endswith(" 0.")


@pytest.mark.parametrize(
    ("sent", "asked_for"),
    [
        ({}, {"name_id": NAME_ID.replace(f' Format="{names.NAME_ID_EMAIL}"', "")}),
        ({}, {"name_id": NAME_ID.replace(names.NAME_ID_EMAIL, names.NAME_ID_UNSPECIFIED)}),
        ({"name_id": NAME_ID.replace(">", ' SPNameQualifier="urn:x">', 1)}, {}),
        ({"name_id": NAME_ID.replace(">", ' NameQualifier="urn:x">', 1)}, {}),
        ({"session_index": None}, {}),
    ],
)
def test_what_is_left_unsaid_keeps_no_session_open(
    tenant: Tenant, okta: SamlConfiguration, sent: dict[str, Any], asked_for: dict[str, Any]
) -> None:
    del okta
    visitor = Visitor(tenant)
    assert visitor.sign_on(**sent).status_code == 302
    bob = NAME_ID.replace("ada", "bob")
    by_soap(Visitor(tenant), asked(tenant, name_id=bob))
    assert visitor.user_id()
    by_soap(Visitor(tenant), asked(tenant, **asked_for))
    assert visitor.user_id() is None


def test_a_logout_that_failed_can_be_repeated(
    ada: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider, or whoever reloads the page, repeats the very same message."""

    def fail(*_: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr("sso.saml.pages.logout.end_sessions", fail)
        assert by_soap(Visitor(tenant), asked(tenant, ID="_again")).status_code == 503
    assert ada.user_id()
    assert by_soap(Visitor(tenant), asked(tenant, ID="_again")).status_code == 200
    assert ada.user_id() is None
    ada.sign_on()
    refused(ada, by_soap(ada, asked(tenant, ID="_again")), "used-before")


def test_without_the_store_of_used_messages_nothing_ends(
    ada: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any, **__: Any) -> bool:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(UsedMessages, "use", unavailable)
        answer = by_soap(ada, asked(tenant, ID="_later"))
    assert (answer.status_code, bool(ada.user_id())) == (503, True)
    by_soap(ada, asked(tenant, ID="_later"))
    assert ada.user_id() is None


def test_a_session_stays_the_providers_when_its_user_changes_their_password(
    ada: Visitor, tenant: Tenant
) -> None:
    other = Visitor(tenant)
    other.sign_on(session_index="_session-2")
    with tenant_scope(tenant):
        user = User.objects.get(pk=ada.user_id())
        user.set_password(PASSWORD)
        user.save()
    ada.sign_on()  # the sessions above were of another password
    other.sign_on(session_index="_session-2")
    with tenant_scope(tenant):
        before = SamlSession.objects.get(session_index="_session-1", session__isnull=False).session
    secret = ada.secret()
    form = {"current": PASSWORD, "password": NEW, "password_again": NEW}
    assert ada.post("/account/password/", form).status_code == 302
    with tenant_scope(tenant):
        after = SamlSession.objects.get().session
    assert (after.pk, after.by_provider) == (before.pk, True)
    assert after.digest != before.digest
    assert ada.secret() != secret
    assert other.user_id() is None
    assert ada.get("/account/").status_code == 200
    by_soap(Visitor(tenant), asked(tenant))
    assert ada.user_id() is None


def test_a_qualifier_that_names_the_parties_says_no_more_than_none(
    ada: Visitor, tenant: Tenant
) -> None:
    sp = f"http://{host_of(tenant)}/sso/saml/okta/metadata/"
    own = f' NameQualifier="{drafts.IDP_ID}" SPNameQualifier="{sp}">'
    foreign = own.replace("/okta/", "/other/")
    by_form(ada, asked(tenant, name_id=NAME_ID.replace(">", foreign, 1)))
    assert ada.user_id()
    by_form(ada, asked(tenant, name_id=NAME_ID.replace(">", own, 1)))
    assert ada.user_id() is None


@pytest.mark.parametrize("by", BINDINGS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"issuer": OTHER_IDP_ID}, "wrong-issuer"),
        ({"Destination": drafts.SLO}, "wrong-destination"),
        ({"IssueInstant": "2020-01-01T00:00:00Z"}, "wrong-issue-instant"),
        ({"NotOnOrAfter": "2020-01-01T00:00:00Z"}, "expired"),
    ],
)
def test_a_foreign_or_stale_request_ends_nothing(
    ada: Visitor, tenant: Tenant, by: Any, change: dict[str, str], code: str
) -> None:
    refused(ada, by(ada, asked(tenant, **change)), code)


@pytest.mark.parametrize("by", BINDINGS)
def test_a_forged_request_ends_nothing(ada: Visitor, tenant: Tenant, by: Any) -> None:
    refused(ada, by(ada, asked(tenant), signer("attacker")), "signature-invalid")


def test_an_unsigned_request_ends_nothing(ada: Visitor, tenant: Tenant) -> None:
    """Logout CSRF: anybody can have a browser follow a link, or post a form."""
    slo = "/sso/saml/okta/slo/"
    refused(ada, ada.post(slo, {"SAMLRequest": posted(asked(tenant))}), "not-signed")
    url = bindings.redirect("https://x.test/", "SAMLRequest", asked(tenant), "", signer().pair())
    query = urlsplit(url).query
    refused(ada, ada.get(f"{slo}?{query.partition('&SigAlg')[0]}"), "not-signed")
    refused(ada, ada.get(slo), "unexpected-message")
    refused(ada, ada.post(slo), "message-not-xml")
    envelope = bindings.in_envelope(asked(tenant))
    refused(ada, ada.post(slo, envelope, content_type="text/xml"), "not-signed")
    assert ada.get(f"{slo}?{query}").status_code == 302
    assert ada.user_id() is None


@pytest.mark.parametrize("by", BINDINGS)
def test_a_request_is_good_once(ada: Visitor, tenant: Tenant, by: Any) -> None:
    request = asked(tenant, ID="_once")
    by(ada, request)
    assert ada.user_id() is None
    ada.sign_on()
    refused(ada, by(ada, asked(tenant, ID="_once")), "used-before")


def test_another_provider_of_the_tenant_ends_nothing(ada: Visitor, tenant: Tenant) -> None:
    """Not by its own signature at this address, and at its own only what it began itself."""
    keys = key_descriptor(signer("other").certificate)
    document = metadata_document(entity=OTHER_IDP_ID, keys=keys).decode()
    configure(tenant, "other", metadata_xml=document)
    own = asked(tenant, issuer=OTHER_IDP_ID)
    refused(ada, by_form(ada, own, signer("other")), "signature-invalid")
    at_its_own = asked(tenant, "other", issuer=OTHER_IDP_ID)
    fields = {"SAMLRequest": posted(_signed(at_its_own, signer("other")))}
    assert ada.post("/sso/saml/other/slo/", fields).status_code == 302
    assert ada.user_id()
    by_form(ada, asked(tenant))
    assert ada.user_id() is None


@an_attacker_in_each_tier
def test_a_request_for_one_tenant_ends_nothing_at_another(rivals: Rivals) -> None:
    for tenant in rivals:
        configure(tenant)
    victim = Visitor(rivals.victim)
    victim.sign_on()
    refused(victim, by_form(victim, asked(rivals.attacker)), "wrong-destination")
    by_form(Visitor(rivals.attacker), asked(rivals.attacker))
    assert victim.user_id()
    by_form(victim, asked(rivals.victim))
    assert victim.user_id() is None


def test_where_the_provider_takes_no_answer_the_browser_goes_to_the_sign_in(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    with tenant_scope(tenant):
        changes = {"metadata_xml": metadata_document(logout="").decode()}
        update_configuration(okta, actor=ACTOR, changes=changes)
    assert by_form(ada, asked(tenant))["Location"] == "/login/"
    assert ada.user_id() is None


def test_a_configuration_that_is_switched_off_takes_no_logout(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    with tenant_scope(tenant):
        update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
    assert by_form(ada, asked(tenant)).status_code == 404


def test_metadata_that_have_expired_end_sessions_and_begin_none(
    ada: Visitor, tenant: Tenant, okta: SamlConfiguration
) -> None:
    with tenant_scope(tenant):
        expired = metadata_document(until=' validUntil="2020-01-01T00:00:00Z"').decode()
        SamlConfiguration.objects.filter(pk=okta.pk).update(metadata_xml=expired)
    assert by_soap(Visitor(tenant), asked(tenant)).status_code == 200
    assert ada.user_id() is None
    assert Visitor(tenant).get("/sso/saml/okta/login/").status_code == 403


@pytest.mark.parametrize(
    ("issued", "said", "outcome"),
    [
        (-60, {}, "signed-out-since"),
        (-60, {"session_index": "_session-2"}, "signed-out-since"),
        (60, {}, ""),
        (-60, {"name_id": NAME_ID.replace("ada", "bob")}, ""),
    ],
    ids=["older", "another-session", "newer", "another-person"],
)
def test_what_was_said_before_a_logout_signs_nobody_in_after_it(
    ada: Visitor, tenant: Tenant, issued: int, said: dict[str, str], outcome: str
) -> None:
    """A response that a thief holds back, or that is under way."""
    thief = Visitor(tenant)
    held = Idp(tenant).response(thief.begin(), issued=instant(issued), **said)
    assert by_soap(Visitor(tenant), asked(tenant)).status_code == 200
    assert ada.user_id() is None
    answer = thief.bring(held)
    assert answer.status_code == (403 if outcome else 302), answer
    assert (events(tenant)[-1].code, bool(thief.user_id())) == (outcome, not outcome)


def test_right_ones_are_limited_as_well(
    ada: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tenant's admin may be the identity provider, and each costs verification and rows."""
    monkeypatch.setattr("sso.saml.pages.logout.MOST_LOGOUTS", 3)
    answers = [by_soap(Visitor(tenant), asked(tenant)).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert ada.user_id() is None


def test_a_flood_of_them_is_stopped_and_what_is_right_is_no_part_of_it(
    ada: Visitor, tenant: Tenant
) -> None:
    flood = Visitor(tenant)
    answers = [flood.get("/sso/saml/okta/slo/").status_code for _ in range(101)]
    assert answers == [403] * 100 + [429]
    server = Visitor(tenant)
    good = [by_soap(server, asked(tenant)).status_code for _ in range(101)]
    assert set(good) == {200}
    assert ada.user_id() is None
