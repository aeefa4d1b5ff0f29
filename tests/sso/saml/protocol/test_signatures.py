"""Signatures that are missing, partial, weak, by somebody else or about something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from sso.saml.protocol.names import dsig, saml
from sso.saml.protocol.rules import Rule
from tests.sso.saml.protocol import drafts, signing
from tests.sso.saml.protocol.drafts import Draft, response, signer
from tests.sso.saml.protocol.reading import read, refusal, rule_of
from tests.sso.saml.protocol.signing import ENVELOPED, EXCLUSIVE, INCLUSIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
BASE64 = "http://www.w3.org/2000/09/xmldsig#base64"


@pytest.mark.parametrize("signs", ["assertion", "response"])
@pytest.mark.parametrize(
    ("oddity", "rule"),
    [
        ({"method": signing.RSA_SHA1}, Rule.SIGNATURE_ALGORITHM),
        ({"method": signing.RSA_MD5}, Rule.SIGNATURE_ALGORITHM),
        ({"method": signing.HMAC_SHA256}, Rule.SIGNATURE_ALGORITHM),
        ({"digest": signing.SHA1}, Rule.SIGNATURE_ALGORITHM),
        ({"digest": signing.MD5}, Rule.SIGNATURE_ALGORITHM),
        ({"transforms": (ENVELOPED, XSLT)}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": (ENVELOPED, XPATH, EXCLUSIVE)}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": (ENVELOPED, BASE64)}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": (ENVELOPED, INCLUSIVE)}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": (ENVELOPED, f"{EXCLUSIVE}WithComments")}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": (EXCLUSIVE,)}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": (EXCLUSIVE, ENVELOPED)}, Rule.SIGNATURE_TRANSFORM),
        ({"transforms": ()}, Rule.SIGNATURE_TRANSFORM),
        ({"canonicalization": f"{EXCLUSIVE}WithComments"}, Rule.SIGNATURE_TRANSFORM),
        ({"canonicalization": INCLUSIVE}, Rule.SIGNATURE_TRANSFORM),
        ({"uri": ""}, Rule.SIGNATURE_REFERENCE),
        ({"uri": "#_elsewhere"}, Rule.SIGNATURE_REFERENCE),
        ({"uri": "#xpointer(/)"}, Rule.SIGNATURE_REFERENCE),
        ({"uri": "#xpointer(id('_assertion-1'))"}, Rule.SIGNATURE_REFERENCE),
        ({"uri": "https://attacker.example/a.xml"}, Rule.SIGNATURE_REFERENCE),
        ({"uri": "file:///etc/passwd"}, Rule.SIGNATURE_REFERENCE),
    ],
    ids=str,
)
def test_signatures_of_another_kind_are_refused(
    signs: str, oddity: dict[str, Any], rule: Rule
) -> None:
    read(response(signs=signs))
    assert rule_of(response(signs=signs, **oddity)) is rule


def test_an_unsigned_response_is_refused() -> None:
    read(response())
    assert rule_of(response(signs="")) is Rule.UNSIGNED


@pytest.mark.parametrize("signs", ["assertion", "response"])
def test_a_stripped_signature_is_refused(signs: str) -> None:
    whole = response(signs=signs)
    read(whole)
    for signature in list(whole.iter(dsig("Signature"))):
        _parent(signature).remove(signature)
    assert rule_of(whole) is Rule.UNSIGNED


@pytest.mark.parametrize("signs", ["assertion", "response"])
@pytest.mark.parametrize("part", ["SignedInfo", "SignatureValue"])
def test_a_partial_signature_is_refused(signs: str, part: str) -> None:
    whole = response(signs=signs)
    read(whole)
    element = next(whole.iter(dsig(part)))
    _parent(element).remove(element)
    assert rule_of(whole) is Rule.SIGNATURE_PLACE


@pytest.mark.parametrize("value", ["", "AAAA", "%%%", "é"])
@pytest.mark.parametrize("part", ["SignatureValue", "DigestValue"])
def test_a_value_that_does_not_fit_is_refused(part: str, value: str) -> None:
    whole = response()
    read(whole)
    next(whole.iter(dsig(part))).text = value
    assert rule_of(whole) is Rule.SIGNATURE_INVALID


def test_a_valid_signature_beside_an_invalid_one_is_refused() -> None:
    whole = response(signs="both")
    read(whole)
    inner = whole.find(f"{saml('Assertion')}/{dsig('Signature')}/{dsig('SignatureValue')}")
    assert inner is not None
    inner.text = "AAAA"
    signature = whole.find(dsig("Signature"))
    assert signature is not None
    whole.remove(signature)
    signing.sign(whole, signer().key, signer().certificate)
    assert rule_of(whole) is Rule.SIGNATURE_INVALID


def _rename(whole: Element) -> None:
    next(whole.iter(saml("NameID"))).text = "admin@example.com"


def _promote(whole: Element) -> None:
    list(whole.iter(saml("AttributeValue")))[-1].text = "Administrators"


def _extend(whole: Element) -> None:
    next(whole.iter(saml("Conditions"))).set("NotOnOrAfter", drafts.at(600))


@pytest.mark.parametrize("signs", ["assertion", "response", "both"])
@pytest.mark.parametrize("change", [_rename, _promote, _extend])
def test_content_that_was_changed_is_refused(signs: str, change: Callable[[Element], None]) -> None:
    whole = response(signs=signs)
    read(whole)
    change(whole)
    refused = refusal(whole)
    assert refused.rule is Rule.SIGNATURE_INVALID
    assert "changed after it was signed" in refused.reason


def test_a_key_that_the_message_brings_along_is_not_trusted() -> None:
    attacker = signer("attacker")
    read(response(by=attacker), idp=drafts.idp(attacker))
    refused = refusal(response(by=attacker))
    assert refused.rule is Rule.SIGNATURE_INVALID
    assert "names the certificate" in refused.reason


@pytest.mark.parametrize(
    "key_info",
    [
        "",
        "<ds:KeyInfo><ds:KeyName>idp</ds:KeyName></ds:KeyInfo>",
        '<ds:KeyInfo><ds:RetrievalMethod URI="https://attacker.example/key"/></ds:KeyInfo>',
        signing.KEY_INFO.format(certificate="?"),
        (
            "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus>"
            "<ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
        ),
    ],
)
def test_key_info_changes_nothing(key_info: str) -> None:
    read(response(key_info=key_info))
    assert rule_of(response(by=signer("attacker"), key_info=key_info)) is Rule.SIGNATURE_INVALID


def test_a_second_reference_is_refused() -> None:
    draft, by = Draft(), signer()
    assertion = draft.assertion()
    signature = signing.sign(assertion, by.key, by.certificate)
    read(draft.response(assertion))
    signature[0].append(etree.fromstring(etree.tostring(signature[0][2])))
    assert rule_of(draft.response(assertion)) is Rule.SIGNATURE_REFERENCE


def test_a_truncated_output_of_the_algorithm_is_refused() -> None:
    whole = response()
    read(whole)
    etree.SubElement(next(whole.iter(dsig("SignatureMethod"))), dsig("HMACOutputLength")).text = "1"
    assert rule_of(whole) is Rule.SIGNATURE_ALGORITHM


def test_a_signature_over_the_assertion_does_not_sign_the_response() -> None:
    """The response's signature refers to the assertion: partial, though the bytes are genuine."""
    draft, by = Draft(), signer()
    whole = draft.response(draft.assertion())
    assertion = whole.find(saml("Assertion"))
    assert assertion is not None
    signing.sign(whole, by.key, by.certificate, covers=assertion)
    assert rule_of(whole) is Rule.SIGNATURE_REFERENCE
    read(response(signs="response"))


def test_an_element_without_an_id_is_not_signed() -> None:
    whole = response(signs="response")
    read(whole)
    del whole.attrib["ID"]
    assert rule_of(whole) is Rule.SIGNATURE_REFERENCE


def test_what_is_verified_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    read(response())
    assert "ada@example.com" not in caplog.text


def _parent(element: Element) -> Element:
    parent = element.getparent()
    assert parent is not None
    return parent
