"""Encrypted assertions: what is opened, and what is refused before anything is."""

from __future__ import annotations

import socket
from base64 import b64decode, b64encode
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sso.saml.protocol.names import dsig, saml, xenc
from sso.saml.protocol.rules import Rule
from tests.sso.saml.protocol import drafts, encrypting, signing
from tests.sso.saml.protocol.drafts import Draft, response, signer
from tests.sso.saml.protocol.encrypting import AES256_CBC, AES256_GCM, OAEP_11, RSA_1_5
from tests.sso.saml.protocol.reading import read, refusal, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element


class Listener:
    """A place on loopback that a message can refer to; it counts who comes."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)  # noqa: FBT003
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/key"

    def visitors(self) -> int:
        """How many connections were made since the last time."""
        count = 0
        try:
            while True:
                self._server.accept()[0].close()
                count += 1
        except BlockingIOError:
            return count

    def close(self) -> None:
        """Give the port back."""
        self._server.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def _around(encrypted: Element, *, signs: bool = False) -> Element:
    whole = Draft().response(encrypted)
    if signs:
        signing.sign(whole, signer().key, signer().certificate)
    return whole


def _encrypt(algorithm: str = AES256_GCM, **how: object) -> Element:
    assertion = Draft().assertion()
    signing.sign(assertion, signer().key, signer().certificate)
    plain = etree.tostring(assertion)
    return encrypting.encrypt(plain, signer("sp-encryption").certificate, algorithm, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("transport", [encrypting.OAEP_SHA1_MGF, OAEP_11])
def test_both_places_and_kinds_of_key_are_taken(transport: str, beside: bool) -> None:
    assert read(_around(_encrypt(transport=transport, beside=beside))).encrypted


def test_an_encrypted_key_by_pkcs1_v1_5_is_refused() -> None:
    refused = refusal(_around(_encrypt(transport=RSA_1_5)))
    assert refused.rule is Rule.ENCRYPTION_ALGORITHM
    assert "RSA-OAEP" in refused.reason


def test_cbc_is_opened_only_inside_a_signed_response() -> None:
    assert read(_around(_encrypt(AES256_CBC), signs=True)).encrypted
    refused = refusal(_around(_encrypt(AES256_CBC)))
    assert refused.rule is Rule.ENCRYPTION_ALGORITHM
    assert "sign the response" in refused.reason


def test_a_key_that_is_being_replaced_still_opens() -> None:
    current, former = signer("sp-next"), signer("sp-encryption")
    assert read(_around(_encrypt()), sp=drafts.sp(current, former)).encrypted
    assert rule_of(_around(_encrypt()), sp=drafts.sp(current)) is Rule.DECRYPTION


def test_content_that_was_tampered_with_is_refused() -> None:
    encrypted = _encrypt()
    value = encrypted.find(f"{xenc('EncryptedData')}/{xenc('CipherData')}/{xenc('CipherValue')}")
    assert value is not None
    octets = bytearray(b64decode(value.text or ""))
    octets[40] ^= 1
    value.text = b64encode(octets).decode()
    assert rule_of(_around(encrypted)) is Rule.DECRYPTION


@pytest.mark.parametrize("signs", [False, True])
def test_encryption_alone_proves_nothing(signs: bool) -> None:
    """Anybody can encrypt for a published key."""
    plain = etree.tostring(Draft().assertion())
    whole = _around(encrypting.encrypt(plain, signer("sp-encryption").certificate), signs=signs)
    if signs:
        read(whole)
    else:
        assert rule_of(whole) is Rule.UNSIGNED


@pytest.mark.parametrize("where", ["EncryptedData", "EncryptedKey"])
@pytest.mark.parametrize("signs", [False, True])
def test_a_cipher_reference_is_not_followed(where: str, signs: bool, listener: Listener) -> None:
    encrypted = _encrypt()
    read(_around(deepcopy(encrypted), signs=signs))
    element = next(encrypted.iter(xenc(where)))
    data = element.find(xenc("CipherData"))
    assert data is not None
    data.clear()
    etree.SubElement(data, xenc("CipherReference"), URI=listener.url)
    assert rule_of(_around(encrypted, signs=signs)) is Rule.ENCRYPTION_REFERENCE
    assert listener.visitors() == 0


@pytest.mark.parametrize("uri", [None, "#_key", "file:///etc/passwd"])
@pytest.mark.parametrize("where", ["EncryptedData", "EncryptedKey", "EncryptedAssertion"])
def test_a_retrieval_method_is_not_followed(
    where: str, uri: str | None, listener: Listener
) -> None:
    encrypted = _encrypt()
    read(_around(deepcopy(encrypted)))
    element = encrypted if where == "EncryptedAssertion" else next(encrypted.iter(xenc(where)))
    key_info = element.find(dsig("KeyInfo"))
    if key_info is None:
        key_info = etree.SubElement(element, dsig("KeyInfo"))
    etree.SubElement(key_info, dsig("RetrievalMethod"), URI=uri or listener.url)
    assert rule_of(_around(encrypted)) is Rule.ENCRYPTION_REFERENCE
    assert listener.visitors() == 0


def test_a_reference_in_a_signature_is_not_followed(listener: Listener) -> None:
    read(response())
    assert rule_of(response(uri=listener.url)) is Rule.SIGNATURE_REFERENCE
    key_info = f'<ds:KeyInfo><ds:RetrievalMethod URI="{listener.url}"/></ds:KeyInfo>'
    read(response(key_info=key_info))
    assert listener.visitors() == 0


def test_the_listener_would_notice(listener: Listener) -> None:
    host, port = listener.url.split("/")[2].split(":")
    socket.create_connection((host, int(port))).close()
    assert listener.visitors() == 1


@pytest.mark.parametrize("part", ["EncryptedData", "EncryptedKey"])
def test_two_of_a_part_are_refused(part: str) -> None:
    encrypted = _encrypt(beside=True)
    read(_around(deepcopy(encrypted)))
    encrypted.append(deepcopy(next(encrypted.iter(xenc(part)))))
    assert rule_of(_around(encrypted)) is Rule.ENCRYPTION_STRUCTURE


@pytest.mark.parametrize("algorithm", ["http://www.w3.org/2001/04/xmlenc#tripledes-cbc", ""])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    encrypted = _encrypt()
    read(_around(deepcopy(encrypted)))
    next(encrypted.iter(xenc("EncryptionMethod"))).set("Algorithm", algorithm)
    assert rule_of(_around(encrypted)) is Rule.ENCRYPTION_ALGORITHM


@pytest.mark.parametrize(
    ("plain", "rule"),
    [
        (b"", Rule.NOT_XML),
        (b"not xml", Rule.NOT_XML),
        (b"<!DOCTYPE a><a/>", Rule.DOCUMENT_TYPE),
        (b"<a/>", Rule.STRUCTURE),
        (etree.tostring(response()), Rule.STRUCTURE),
        (etree.tostring(drafts.Draft().assertion()) * 2, Rule.NOT_XML),
    ],
)
def test_what_was_encrypted_is_held_to_the_same_rules(plain: bytes, rule: Rule) -> None:
    read(_around(_encrypt()))
    encrypted = encrypting.encrypt(plain, signer("sp-encryption").certificate)
    assert rule_of(_around(encrypted, signs=True)) is rule


def test_a_part_that_is_encrypted_by_itself_is_refused() -> None:
    read(response())
    draft = Draft(values="")
    assertion = draft.assertion()
    statement = assertion.find(saml("AttributeStatement"))
    assert statement is not None
    certificate = signer("sp-encryption").certificate
    statement.append(encrypting.encrypt(b"<a/>", certificate, wrapper="EncryptedAttribute"))
    signing.sign(assertion, signer().key, signer().certificate)
    assert rule_of(draft.response(assertion)) is Rule.ENCRYPTION_STRUCTURE
