"""Messages on their way: queries, forms, envelopes, and where RelayState may lead."""

from __future__ import annotations

import time
import zlib
from base64 import b64decode, b64encode
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from sso.saml.protocol import bindings, documents
from sso.saml.protocol.rules import Rule, SamlError
from tests.sso.saml.protocol.drafts import signer
from tests.sso.saml.protocol.signing import RSA_SHA1, RSA_SHA256

MESSAGE = etree.fromstring('<a xmlns="urn:a">text</a>')
TRUSTED = (signer().pem,)
URL = "https://idp.example.com/slo"


def query(url: str | None = None, relay_state: str = "/next?a=b c") -> str:
    """The query of a message that the identity provider sends."""
    sent = url or bindings.redirect(URL, "SAMLRequest", MESSAGE, relay_state, signer().pair())
    return urlsplit(sent).query


def rule_of(text: str, parameter: str = "SAMLRequest") -> Rule:
    with pytest.raises(SamlError) as caught:
        bindings.from_query(text, parameter, TRUSTED)
    return caught.value.rule


def signed(*parameters: tuple[str, str], algorithm: str = RSA_SHA256) -> str:
    """A query that the identity provider signed, whatever it holds."""
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    text += f"&SigAlg={quote(algorithm, safe='')}"
    key = signer().key
    assert isinstance(key, rsa.RSAPrivateKey)
    digest = hashes.SHA1() if algorithm == RSA_SHA1 else hashes.SHA256()  # noqa: S303  # is refused
    signature = key.sign(text.encode(), PKCS1v15(), digest)
    return f"{text}&Signature={quote(b64encode(signature).decode(), safe='')}"


def packed(content: bytes) -> str:
    deflater = zlib.compressobj(9, wbits=-15)
    return b64encode(deflater.compress(content) + deflater.flush()).decode()


def test_a_signed_query_is_read() -> None:
    incoming = bindings.from_query(query(), "SAMLRequest", TRUSTED)
    assert incoming.root.text == "text"
    assert incoming.relay_state == "/next?a=b c"
    assert incoming.query_signed


def test_other_parameters_are_not_covered_and_not_read() -> None:
    assert bindings.from_query(f"x=1&{query()}&y=2", "SAMLRequest", TRUSTED).query_signed


def test_an_endpoint_may_have_a_query_of_its_own() -> None:
    url = bindings.redirect(f"{URL}?tenant=1", "SAMLRequest", MESSAGE, "", signer().pair())
    assert parse_qs(urlsplit(url).query)["tenant"] == ["1"]
    assert bindings.from_query(query(url), "SAMLRequest", TRUSTED).query_signed


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("RelayState=%2Fnext", "RelayState=%2Fevil", Rule.SIGNATURE_INVALID),
        ("&RelayState=%2Fnext%3Fa%3Db%20c", "", Rule.SIGNATURE_INVALID),
        ("%2Fnext", "%2fnext", Rule.SIGNATURE_INVALID),
        ("Signature=", "NoSignature=", Rule.UNSIGNED),
        ("SigAlg=", "NoSigAlg=", Rule.UNSIGNED),
        ("rsa-sha256", "rsa-sha1", Rule.SIGNATURE_ALGORITHM),
        ("rsa-sha256", "hmac-sha256", Rule.SIGNATURE_ALGORITHM),
        ("SAMLRequest=", "SAMLResponse=", Rule.UNEXPECTED_MESSAGE),
        ("SigAlg=", "RelayState=x&SigAlg=", Rule.STRUCTURE),
        ("SAMLRequest=", "SAMLRequest=x&SAMLRequest=", Rule.STRUCTURE),
        ("SAMLRequest=", "SAML%52equest=x&SAMLRequest=", Rule.STRUCTURE),
        ("SAMLRequest=", "SAMLResponse=x&SAMLRequest=", Rule.UNEXPECTED_MESSAGE),
        ("Signature=", "Signature=%25", Rule.ENCODING),
    ],
)
def test_a_query_that_was_changed_is_refused(old: str, new: str, rule: Rule) -> None:
    text = query()
    bindings.from_query(text, "SAMLRequest", TRUSTED)
    assert old in text
    assert rule_of(text.replace(old, new, 1)) is rule


def test_a_query_by_another_key_or_algorithm_is_refused() -> None:
    message = ("SAMLRequest", packed(b"<a/>"))
    bindings.from_query(signed(message), "SAMLRequest", TRUSTED)
    assert rule_of(signed(message, algorithm=RSA_SHA1)) is Rule.SIGNATURE_ALGORITHM
    for other in (signer("attacker"), signer("curve", "ec")):
        with pytest.raises(SamlError) as caught:
            bindings.from_query(signed(message), "SAMLRequest", (other.pem,))
        assert caught.value.rule is Rule.SIGNATURE_INVALID


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b64encode(b"<a/>").decode(), Rule.ENCODING),
        (packed(b"<a/>")[:-8], Rule.ENCODING),
        (b64encode(b64decode(packed(b"<a/>")) + b"more").decode(), Rule.ENCODING),
        (packed(b"<!DOCTYPE a><a/>"), Rule.DOCUMENT_TYPE),
        (packed(b"<a>" + b"x" * documents.MAX_BYTES + b"</a>"), Rule.TOO_LARGE),
        ("A" * 70_000, Rule.TOO_LARGE),
        ("%", Rule.ENCODING),
    ],
    ids=["not-deflated", "cut", "more", "doctype", "inflates-too-far", "too-long", "no-base64"],
)
def test_what_a_signed_query_holds_is_read_within_limits(content: str, rule: Rule) -> None:
    bindings.from_query(signed(("SAMLRequest", packed(b"<a/>"))), "SAMLRequest", TRUSTED)
    assert rule_of(signed(("SAMLRequest", content))) is rule


def test_a_bomb_is_not_inflated() -> None:
    """A thousand times its size, it is left where the limit is: in time, and so in memory."""
    bomb = packed(b"\0" * 40_000_000)
    assert len(bomb) < 64_000
    begun = time.process_time()
    assert rule_of(signed(("SAMLRequest", bomb))) is Rule.TOO_LARGE
    assert time.process_time() - begun < 0.5


def test_another_encoding_of_the_query_is_refused() -> None:
    message = ("SAMLRequest", packed(b"<a/>"))
    encoding = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
    taken = f"{signed(message)}&SAMLEncoding={quote(encoding, safe='')}"
    assert bindings.from_query(taken, "SAMLRequest", TRUSTED).query_signed
    assert rule_of(f"{signed(message)}&SAMLEncoding=urn%3Aother") is Rule.ENCODING


def test_a_long_relay_state_is_refused() -> None:
    message = drafts_posted()
    bindings.from_form(message, "x" * 1_024)
    with pytest.raises(SamlError) as caught:
        bindings.from_form(message, "x" * 1_025)
    assert caught.value.rule is Rule.TOO_LARGE


def drafts_posted() -> str:
    return b64encode(b"<a/>").decode()


ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{}</s:Envelope>'


@pytest.mark.parametrize(
    "envelope",
    [
        "<a/>",
        ENVELOPE.format(""),
        ENVELOPE.format("<s:Body/>"),
        ENVELOPE.format("<s:Body><a/><b/></s:Body>"),
        ENVELOPE.format("<s:Body><a/></s:Body><s:Body><a/></s:Body>"),
    ],
)
def test_what_is_no_envelope_of_one_message_is_refused(envelope: str) -> None:
    assert bindings.from_envelope(bindings.in_envelope(etree.fromstring("<a/>"))).root.tag == "a"
    with pytest.raises(SamlError) as caught:
        bindings.from_envelope(envelope.encode())
    assert caught.value.rule is Rule.UNEXPECTED_MESSAGE
