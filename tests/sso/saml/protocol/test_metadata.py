"""Metadata: of identity providers, read with care; of the service provider, written and signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from sso.saml.protocol import keys, names
from sso.saml.protocol.identity_provider_metadata import read_metadata
from sso.saml.protocol.names import metadata
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.protocol.service_provider_metadata import written_metadata
from sso.saml.protocol.signatures import verified
from tests.sso.saml.few_keys import generate_anew
from tests.sso.saml.protocol import drafts, signing
from tests.sso.saml.protocol.describing import (
    KEY,
    LOGOUT,
    SIGN_ON,
    der,
    key_descriptor,
    metadata_document,
)
from tests.sso.saml.protocol.drafts import NOW, at, signer


def _rule(document: bytes, **given: Any) -> Rule:
    with pytest.raises(SamlError) as caught:
        read_metadata(document, now=NOW, **given)
    return caught.value.rule


def test_an_identity_provider_is_read() -> None:
    idp = read_metadata(metadata_document(until=f' validUntil="{at(600)}"'), now=NOW)
    assert idp.entity_id == drafts.IDP_ID
    assert idp.certificates == (signer().pem,)
    assert [each.location for each in idp.sign_on] == ["https://idp.example.com/sso"]
    assert idp.logout[0].response_location == "https://x.test/a"
    assert idp.wants_signed_requests
    assert idp.name_id_formats == (names.NAME_ID_PERSISTENT,)
    assert idp.valid_until == NOW + timedelta(seconds=600)


def test_comments_and_a_declaration_are_no_harm() -> None:
    text = b'<?xml version="1.0"?><!-- exported -->' + metadata_document()
    assert read_metadata(text, now=NOW).entity_id == drafts.IDP_ID


def test_both_keys_of_a_rollover_are_read_once_each() -> None:
    new = signer("idp-next")
    both = metadata_document(
        keys=key_descriptor() + key_descriptor(new.certificate, None) + key_descriptor()
    )
    assert read_metadata(both, now=NOW).certificates == (signer().pem, new.pem)


@pytest.mark.parametrize("reverse", [False, True])
def test_of_a_chain_only_the_key_it_ends_in_is_trusted(reverse: bool) -> None:
    """In any order: XML Signature sets none. An authority's key signs certificates for many."""
    authority, key = _key("authority"), _key("idp")
    issued = _certificate(key, "idp", by="authority", issuing=authority)
    chain = [issued, _certificate(authority, "authority", by="root", issuing=_key("root"))]
    texts = [der(each) for each in (reversed(chain) if reverse else chain)]
    one = "</ds:X509Certificate><ds:X509Certificate>".join(texts)
    document = metadata_document(keys=KEY.format(use="", certificate=one))
    pem = issued.public_bytes(Encoding.PEM).decode()
    assert read_metadata(document, now=NOW).certificates == (pem,)


def test_logout_endpoints_that_cannot_be_used_are_left_out_and_the_rest_is_read() -> None:
    good = LOGOUT.format(names.REDIRECT, "https://idp.example.com/slo", "")
    bad = LOGOUT.format(names.POST, "http://idp.example.com/slo", "")
    answers = LOGOUT.format(names.POST, "https://idp.example.com/slo", "javascript:alert(1)")
    idp = read_metadata(metadata_document(logout=bad + good + answers), now=NOW)
    assert [each.binding for each in idp.logout] == [names.REDIRECT]


def test_of_several_the_one_that_is_named_is_read() -> None:
    two = (
        f'<md:EntitiesDescriptor xmlns:md="{names.METADATA}">'.encode()
        + metadata_document()
        + metadata_document(entity=drafts.OTHER_IDP_ID, id="_metadata-2")
        + b"</md:EntitiesDescriptor>"
    )
    assert read_metadata(two, now=NOW, entity_id=drafts.IDP_ID).entity_id == drafts.IDP_ID
    assert _rule(two) is Rule.METADATA
    assert _rule(two, entity_id="urn:nobody") is Rule.METADATA


def test_metadata_ends_with_the_group_that_it_stands_in() -> None:
    def grouped(end: str) -> bytes:
        begin = f'<md:EntitiesDescriptor xmlns:md="{names.METADATA}" validUntil="{end}">'
        entity = metadata_document(until=f' validUntil="{at(900)}"')
        return begin.encode() + entity + b"</md:EntitiesDescriptor>"

    assert read_metadata(grouped(at(600)), now=NOW).valid_until == NOW + timedelta(seconds=600)
    assert read_metadata(grouped(at(999)), now=NOW).valid_until == NOW + timedelta(seconds=900)
    assert _rule(grouped(at(0))) is Rule.METADATA_EXPIRED


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"entity": ""}, Rule.METADATA),
        ({"entity": "u" * 1025}, Rule.METADATA),
        ({"protocol": "urn:oasis:names:tc:SAML:1.1:protocol"}, Rule.METADATA),
        ({"until": f' validUntil="{at(0)}"'}, Rule.METADATA_EXPIRED),
        ({"until": ' validUntil="soon"'}, Rule.METADATA),
        ({"keys": ""}, Rule.CERTIFICATE),
        ({"keys": key_descriptor(use="encryption")}, Rule.CERTIFICATE),
        ({"keys": KEY.format(use="", certificate="AAAA")}, Rule.CERTIFICATE),
        ({"sign_on": ""}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "http://idp.example.com/sso")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "javascript:alert(1)")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "https://a@idp.example.com/")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "https:///sso")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "https://idp/sso#a")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "https://idp:99999/")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "https://[x/")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "https://idp/a b")}, Rule.ENDPOINT),
        ({"sign_on": SIGN_ON.format(names.REDIRECT, "")}, Rule.ENDPOINT),
    ],
)
def test_metadata_that_cannot_be_trusted_is_refused(change: dict[str, Any], rule: Rule) -> None:
    assert _rule(metadata_document(**change)) is rule


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (b"<a/>", Rule.METADATA),
        (b"<html><body>Sign in</body></html>", Rule.METADATA),
        (b"<!DOCTYPE a><a/>", Rule.DOCUMENT_TYPE),
        (b"", Rule.NOT_XML),
        (written_metadata(drafts.sp(), valid_until=NOW + timedelta(days=1)), Rule.METADATA),
    ],
)
def test_what_is_no_metadata_of_an_identity_provider_is_refused(
    document: bytes, rule: Rule
) -> None:
    assert _rule(document) is rule


def test_weak_keys_are_refused() -> None:
    assert _rule(metadata_document(keys=key_descriptor(_weak()))) is Rule.CERTIFICATE


def _weak() -> x509.Certificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # is refused
    name = x509.Name([])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin.replace(2030))
    return builder.sign(key, hashes.SHA256())


@cache
def _key(name: str) -> ec.EllipticCurvePrivateKey:
    del name  # one for each
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(
    key: ec.EllipticCurvePrivateKey, name: str, *, by: str, issuing: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(
        _named(by), _named(name), key.public_key(), 1, begin, begin.replace(2030)
    )
    return builder.sign(issuing, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def test_metadata_must_be_signed_by_the_pinned_certificate() -> None:
    federation = signer("federation")
    entity = etree.fromstring(metadata_document())
    assert _rule(etree.tostring(entity), signed_by=(federation.pem,)) is Rule.SIGNATURE_PLACE
    signing.sign(entity, federation.key, federation.certificate)
    document = etree.tostring(entity)
    assert read_metadata(document, now=NOW, signed_by=(federation.pem,)).certificates
    assert _rule(document, signed_by=(signer("attacker").pem,)) is Rule.SIGNATURE_INVALID
    moved = document.replace(b"idp.example.com/sso", b"attacker.example/sso")
    assert _rule(moved, signed_by=(federation.pem,)) is Rule.SIGNATURE_INVALID


def test_our_metadata_is_signed_and_says_where_and_with_which_keys() -> None:
    next_signing, former = signer("sp-next"), signer("sp-former")
    sp = replace(drafts.sp(signer("sp-encryption"), former), next_signing=next_signing.pair())
    document = written_metadata(
        sp, valid_until=NOW + timedelta(days=7), name_id_formats=(names.NAME_ID_PERSISTENT,)
    )
    root = verified(etree.fromstring(document), (signer("sp-signing").pem,))
    assert root.get("entityID") == drafts.SP_ID
    assert root.get("validUntil") == "2026-06-08T12:00:00Z"
    [role] = root
    assert role.get("AuthnRequestsSigned") == role.get("WantAssertionsSigned") == "true"
    published = [
        (each.get("use"), each.findtext(f".//{names.dsig('X509Certificate')}"))
        for each in role.findall(metadata("KeyDescriptor"))
    ]
    assert published == [
        ("signing", der(signer("sp-signing").certificate)),
        ("signing", der(next_signing.certificate)),
        ("encryption", der(signer("sp-encryption").certificate)),
    ]
    [acs] = role.findall(metadata("AssertionConsumerService"))
    assert (acs.get("Location"), acs.get("Binding")) == (drafts.ACS, names.POST)
    assert {each.get("Location") for each in role.findall(metadata("SingleLogoutService"))} == {
        drafts.SLO
    }


def test_no_logout_is_offered_where_there_is_no_endpoint_for_it() -> None:
    document = written_metadata(replace(drafts.sp(), slo_url=""), valid_until=NOW)
    assert not list(etree.fromstring(document).iter(metadata("SingleLogoutService")))


def test_a_key_pair_is_made_and_not_shown() -> None:
    pair = generate_anew("acme.iac.test", now=NOW, valid_for=timedelta(days=730))
    assert pair.private_key().key_size == 3072
    assert keys.expiry_of(pair.certificate_pem) == NOW + timedelta(days=730)
    assert len(keys.fingerprint_of(pair.certificate_pem).split(":")) == 32
    assert "PRIVATE" not in repr(pair)
    subject = keys.certificate_of(pair.certificate_pem).subject.rfc4514_string()
    assert subject == "CN=acme.iac.test"


@pytest.mark.parametrize("name", ["\u0220", "\U00010000"])
def test_a_name_that_one_parser_alone_knows_is_refused(name: str) -> None:
    """Names of the fifth edition of XML: what reads the role speaks the fourth."""
    text = metadata_document().decode()
    other = text.replace("<md:NameIDFormat>", f"<md:{name}/><md:NameIDFormat>", 1)
    assert other != text
    assert _rule(other.encode()) is Rule.NOT_XML
