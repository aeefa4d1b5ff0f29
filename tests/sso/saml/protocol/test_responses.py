"""Valid responses in the shapes that identity providers send."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from sso.saml.protocol.names import (
    NAME_ID_EMAIL,
    NAME_ID_PERSISTENT,
    NAME_ID_TRANSIENT,
    NAME_ID_UNSPECIFIED,
)
from sso.saml.protocol.rules import SENTENCES, Rule, SamlError
from sso.saml.protocol.subjects import NameId
from tests.sso.saml.protocol import drafts, encrypting, signing
from tests.sso.saml.protocol.drafts import Draft, response, signer
from tests.sso.saml.protocol.reading import Store, read, refusal, rule_of


@pytest.mark.parametrize("encrypted", [None, encrypting.AES256_GCM, encrypting.AES128_GCM])
@pytest.mark.parametrize("signs", ["assertion", "response", "both"])
def test_a_response_is_read_however_it_is_signed(signs: str, encrypted: str | None) -> None:
    sign_on = read(response(signs=signs, encrypted=encrypted))
    assert sign_on.name_id == NameId("ada@example.com", NAME_ID_EMAIL)
    assert sign_on.attributes == {
        "email": ("ada@example.com",),
        "groups": ("Engineers", "Architects"),
    }
    assert sign_on.session_index == "_session-1"
    assert sign_on.session_expires == drafts.NOW + timedelta(hours=1)
    assert sign_on.encrypted is (encrypted is not None)
    assert sign_on.signed == ({"assertion", "response"} if signs == "both" else {signs})
    assert b"ada@example.com" in sign_on.document
    assert "ada@example.com</" not in repr(sign_on)


@pytest.mark.parametrize(
    "name_format",
    [NAME_ID_EMAIL, NAME_ID_PERSISTENT, NAME_ID_TRANSIENT, NAME_ID_UNSPECIFIED],
)
def test_each_format_of_name_id_is_read_with_its_qualifiers(name_format: str) -> None:
    name_id = (
        f'<saml:NameID Format="{name_format}" NameQualifier="idp" SPNameQualifier="sp">a1'
        "</saml:NameID>"
    )
    sign_on = read(response(Draft(name_id=name_id)))
    assert sign_on.name_id == NameId("a1", name_format, "idp", "sp")


def test_an_encrypted_name_id_is_read() -> None:
    plain = b'<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">ada</saml:NameID>'
    draft, by = Draft(name_id=""), signer()
    assertion = draft.assertion()
    certificate = signer("sp-encryption").certificate
    assertion[1].insert(0, encrypting.encrypt(plain, certificate, wrapper="EncryptedID"))
    signing.sign(assertion, by.key, by.certificate)
    assert read(draft.response(assertion)).name_id.value == "ada"


def test_an_identity_provider_with_an_elliptic_curve_key_is_read() -> None:
    by = signer("curve", "ec")
    message = response(by=by, method=signing.ECDSA_SHA256)
    assert read(message, idp=drafts.idp(by)).name_id.value == "ada@example.com"


def test_both_certificates_of_a_rollover_are_trusted() -> None:
    old, new = signer(), signer("idp-next")
    for by in (old, new):
        read(response(by=by), idp=drafts.idp(old, new))
    assert rule_of(response(by=old), idp=drafts.idp(new)) is Rule.SIGNATURE_INVALID


@pytest.mark.parametrize("signs", ["assertion", "response", "both"])
def test_namespaces_that_only_a_prefix_list_keeps_are_signed_with_it(signs: str) -> None:
    read(response(signs=signs, prefixes=("xs",)))
    moved = response(signs=signs, prefixes=("xs",))
    text = etree.tostring(moved).replace(
        b'http://www.w3.org/2001/XMLSchema"', b'http://example.com/other"'
    )
    assert rule_of(text) is Rule.SIGNATURE_INVALID


def test_sign_on_begins_at_the_identity_provider_only_where_that_is_allowed() -> None:
    unsolicited = response(Draft(in_response_to=None, confirmed_request=None))
    sign_on = read(unsolicited, request_id=None, allow_unsolicited=True)
    assert sign_on.in_response_to is None
    assert rule_of(unsolicited, request_id=None) is Rule.UNSOLICITED
    assert rule_of(response(), request_id=None, allow_unsolicited=True) is Rule.IN_RESPONSE_TO


def test_what_a_configuration_asks_for_must_be_there() -> None:
    by_assertion, by_response = response(signs="assertion"), response(signs="response")
    read(by_response, signed_response=True)
    assert rule_of(by_assertion, signed_response=True) is Rule.RESPONSE_UNSIGNED
    read(by_assertion, signed_assertion=True)
    assert rule_of(by_response, signed_assertion=True) is Rule.ASSERTION_UNSIGNED
    read(response(encrypted=encrypting.AES256_GCM), encrypted=True)
    assert rule_of(by_assertion, encrypted=True) is Rule.NOT_ENCRYPTED


def test_the_context_of_authentication_must_be_one_that_was_asked_for() -> None:
    read(response(), authentication_contexts=frozenset({drafts.PASSWORD}))
    asked = frozenset({"https://refeds.org/profile/mfa"})
    assert rule_of(response(), authentication_contexts=asked) is Rule.AUTHENTICATION_CONTEXT


def test_forced_authentication_must_be_new() -> None:
    before, after = drafts.NOW - timedelta(minutes=5), drafts.NOW + timedelta(minutes=5)
    read(response(), authenticated_since=before)
    assert rule_of(response(), authenticated_since=after) is Rule.AUTHENTICATION


def test_a_failure_tells_the_admin_what_the_identity_provider_said() -> None:
    status = (
        "<samlp:Status><samlp:StatusCode "
        'Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode '
        'Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>'
        "<samlp:StatusMessage>Wrong password</samlp:StatusMessage></samlp:Status>"
    )
    refused = refusal(Draft(status=status).response())
    assert refused.rule is Rule.STATUS
    assert "AuthnFailed" in refused.reason
    assert "Wrong password" in refused.reason
    assert "Wrong password" not in refused.detail


def test_each_rule_has_a_sentence_for_the_person() -> None:
    assert set(SENTENCES) == set(Rule)


def test_a_refusal_hides_its_reason_from_the_person() -> None:
    refused = SamlError(Rule.AUDIENCE, "The audience is 'x'.")
    assert "audience" not in refused.detail
    assert refused.extra == {}


def test_nothing_is_used_up_by_a_response_that_is_refused() -> None:
    store = Store()
    with pytest.raises(SamlError):
        read(response(Draft(audience=None)), store)
    assert store.used == {}
    read(response(), store)
    assert len(store.used) == 1
