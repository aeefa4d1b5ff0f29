"""Logout in both directions and all bindings; forged, stale and foreign messages end nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from sso.saml.protocol import bindings, logout, names
from sso.saml.protocol.logout import Session
from sso.saml.protocol.parties import Endpoint
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.protocol.subjects import NameId
from tests.sso.saml.protocol import drafts, encrypting, signing
from tests.sso.saml.protocol.drafts import NOW, at, signer
from tests.sso.saml.protocol.logout_messages import INDEX, NAME_ID, REQUEST, RESPONSE, message
from tests.sso.saml.protocol.reading import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lxml.etree import _Element as Element

    from sso.saml.protocol.bindings import Incoming

ADA = NameId("ada@example.com", names.NAME_ID_EMAIL)
SESSION = Session(ADA, "_session-1")
TRUSTED = (signer().pem,)


def by_redirect(message: Element) -> Incoming:
    answers = message.tag == names.samlp("LogoutResponse")
    parameter = "SAMLResponse" if answers else "SAMLRequest"
    url = bindings.redirect(drafts.SLO, parameter, message, "state", signer().pair())
    return bindings.from_query(urlsplit(url).query, parameter, TRUSTED)


def by_form(message: Element) -> Incoming:
    signing.sign(message, signer().key, signer().certificate)
    return bindings.from_form(drafts.posted(message), "state")


def by_soap(message: Element) -> Incoming:
    signing.sign(message, signer().key, signer().certificate)
    return bindings.from_envelope(bindings.in_envelope(message))


BINDINGS = [by_redirect, by_form, by_soap]


def read(incoming: Incoming, store: Store | None = None) -> logout.Logout:
    return logout.read_logout_request(
        incoming, drafts.sp(), drafts.idp(), now=NOW, store=store or Store()
    )


def rule_of(incoming: Incoming) -> Rule:
    with pytest.raises(SamlError) as caught:
        read(incoming)
    return caught.value.rule


@pytest.mark.parametrize("by", BINDINGS)
def test_a_signed_request_says_which_sessions_end(by: Callable[[Element], Incoming]) -> None:
    asked = read(by(message()))
    assert asked.name_id == ADA
    assert asked.session_indexes == {"_session-1"}
    assert asked.request_id == "_logout-1"
    assert asked.relay_state == ("" if by is by_soap else "state")


def test_an_unsigned_request_is_refused() -> None:
    assert rule_of(bindings.from_form(drafts.posted(message()))) is Rule.UNSIGNED
    envelope = bindings.in_envelope(message())
    assert rule_of(bindings.from_envelope(envelope)) is Rule.UNSIGNED


def test_a_forged_request_is_refused() -> None:
    forged = message()
    signing.sign(forged, signer("attacker").key, signer("attacker").certificate)
    assert rule_of(bindings.from_form(drafts.posted(forged))) is Rule.SIGNATURE_INVALID
    changed = message()
    signing.sign(changed, signer().key, signer().certificate)
    read(bindings.from_form(drafts.posted(changed)))
    next(changed.iter(names.saml("NameID"))).text = "admin@example.com"
    assert rule_of(bindings.from_form(drafts.posted(changed))) is Rule.SIGNATURE_INVALID


@pytest.mark.parametrize("by", BINDINGS)
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"issuer": drafts.OTHER_IDP_ID}, Rule.ISSUER),
        ({"Destination": None}, Rule.DESTINATION),
        ({"Destination": drafts.ACS}, Rule.DESTINATION),
        ({"Version": "1.1"}, Rule.VERSION),
        ({"IssueInstant": at(-3600)}, Rule.ISSUE_INSTANT),
        ({"IssueInstant": at(3600)}, Rule.ISSUE_INSTANT),
        ({"NotOnOrAfter": at(-120)}, Rule.EXPIRED),
        ({"name_id": ""}, Rule.NAME_ID),
        ({"name_id": NAME_ID * 2}, Rule.NAME_ID),
        ({"template": RESPONSE}, Rule.UNEXPECTED_MESSAGE),
    ],
)
def test_a_request_that_breaks_one_rule_is_refused_by_it(
    change: dict[str, Any], rule: Rule, by: Callable[[Element], Incoming]
) -> None:
    assert rule_of(by(message(**change))) is rule


def test_a_request_is_used_once() -> None:
    store = Store()
    read(by_redirect(message()), store)
    with pytest.raises(SamlError) as caught:
        read(by_redirect(message()), store)
    assert caught.value.rule is Rule.REPLAY
    [until] = store.used.values()
    assert until > NOW + timedelta(minutes=6)


def test_an_encrypted_name_is_read() -> None:
    plain = f'<saml:NameID xmlns:saml="{names.ASSERTION}">ada</saml:NameID>'.encode()
    unnamed = message(name_id="")
    certificate = signer("sp-encryption").certificate
    unnamed.insert(1, encrypting.encrypt(plain, certificate, wrapper="EncryptedID"))
    assert read(by_form(unnamed)).name_id.value == "ada"


def test_only_matching_sessions_end() -> None:
    other, elsewhere = Session(ADA, "_session-2"), Session(replace(ADA, value="eve"), "_session-1")
    sessions = (SESSION, other, elsewhere)

    def ended(asked: Element) -> list[Session]:
        return list(filter(read(by_form(asked)).ends, sessions))

    assert ended(message()) == [SESSION]
    assert ended(message(indexes="")) == [SESSION, other]
    for foreign in (
        message(name_id=NAME_ID.replace("ada", "bob")),
        message(name_id=NAME_ID.replace(names.NAME_ID_EMAIL, names.NAME_ID_TRANSIENT)),
        message(indexes=INDEX.replace("-1", "-9")),
    ):
        assert not ended(foreign)


def _read_response(incoming: Incoming, request_id: str = "_ours") -> None:
    logout.read_logout_response(incoming, drafts.sp(), drafts.idp(), request_id=request_id, now=NOW)


@pytest.mark.parametrize("by", BINDINGS)
def test_an_answer_must_be_signed_successful_and_to_our_request(
    by: Callable[[Element], Incoming],
) -> None:
    answered = {"template": RESPONSE, "InResponseTo": "_ours"}
    _read_response(by(message(**answered)))
    failed = drafts.SUCCESS.replace("Success", "Responder")
    for change, rule in (
        ({"InResponseTo": "_other"}, Rule.IN_RESPONSE_TO),
        ({"InResponseTo": None}, Rule.IN_RESPONSE_TO),
        ({"status": failed}, Rule.STATUS),
        ({"status": ""}, Rule.STATUS),
        ({"issuer": drafts.OTHER_IDP_ID}, Rule.ISSUER),
        ({"template": REQUEST}, Rule.UNEXPECTED_MESSAGE),
    ):
        with pytest.raises(SamlError) as caught:
            _read_response(by(message(**{**answered, **change})))  # type: ignore[arg-type]
        assert caught.value.rule is rule
    with pytest.raises(SamlError) as caught:
        _read_response(bindings.from_form(drafts.posted(message(**answered))))
    assert caught.value.rule is Rule.UNSIGNED


def _read_ours(incoming: Incoming) -> logout.Logout:
    """Read a message of ours as the other side would: our keys, their address."""
    us = drafts.idp(signer("sp-signing"), entity_id=drafts.SP_ID)
    them = replace(drafts.sp(), slo_url=incoming.root.get("Destination", ""))
    return logout.read_logout_request(incoming, them, us, now=NOW, store=Store())


OURS = (signer("sp-signing").pem,)


def test_our_request_is_read_by_the_other_side() -> None:
    sent = logout.logout_request(drafts.sp(), drafts.idp(), SESSION, now=NOW, relay_state="/bye/")
    asked = _read_ours(bindings.from_query(urlsplit(sent.url).query, "SAMLRequest", OURS))
    assert (asked.name_id, set(asked.session_indexes)) == (ADA, {"_session-1"})
    assert (asked.request_id, asked.relay_state) == (sent.message_id, "/bye/")
    by_post = replace(drafts.idp(), logout=(Endpoint(names.POST, "https://idp.example.com/slo"),))
    sent = logout.logout_request(drafts.sp(), by_post, SESSION, now=NOW)
    asked = _read_ours(bindings.from_form(sent.fields["SAMLRequest"]))
    assert asked.name_id == ADA


def test_our_request_goes_from_server_to_server() -> None:
    sent = logout.logout_request_envelope(drafts.sp(), drafts.idp(), SESSION, now=NOW)
    assert sent.url == "https://idp.example.com/slo/soap"
    asked = _read_ours(bindings.from_envelope(sent.body))
    assert (asked.name_id, asked.request_id) == (ADA, sent.message_id)


@pytest.mark.parametrize("success", [True, False])
def test_our_answer_goes_where_answers_go(success: bool) -> None:
    asked = read(by_redirect(message()))
    sent = logout.logout_response(drafts.sp(), drafts.idp(), asked, now=NOW, success=success)
    assert sent.url.startswith("https://idp.example.com/slo/answer?")
    answer = bindings.from_query(urlsplit(sent.url).query, "SAMLResponse", OURS)
    assert answer.relay_state == "state"
    assert answer.root.get("InResponseTo") == "_logout-1"
    code = next(answer.root.iter(names.samlp("StatusCode")))
    assert (code.get("Value") == names.SUCCESS) is success
    envelope = logout.logout_response_envelope(drafts.sp(), asked, now=NOW, success=success)
    assert bindings.from_envelope(envelope).root.get("InResponseTo") == "_logout-1"


def test_an_identity_provider_without_logout_is_told_nothing() -> None:
    deaf = replace(drafts.idp(), logout=())
    with pytest.raises(SamlError) as caught:
        logout.logout_request(drafts.sp(), deaf, SESSION, now=NOW)
    assert caught.value.rule is Rule.ENDPOINT
