"""What is not even read: declarations, bombs, double IDs, and what two parsers see differently."""

from __future__ import annotations

import time
from base64 import b64encode
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from sso.saml.protocol import documents
from sso.saml.protocol.names import saml
from sso.saml.protocol.rules import Rule, SamlError
from tests.sso.saml.protocol import signing
from tests.sso.saml.protocol.drafts import Draft, response, signer
from tests.sso.saml.protocol.reading import Store, context, read, read_posted, rule_of

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha"}">' for i in range(10))
SUBJECT = b"ada@example.com</saml:NameID>"
NAME = "ada@example.com"
WRONG = Rule.UNEXPECTED_MESSAGE
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'


def _text(signs: str = "assertion") -> bytes:
    return etree.tostring(response(signs=signs))


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ("<!DOCTYPE r>", Rule.DOCUMENT_TYPE),
        ('<!DOCTYPE r SYSTEM "https://attacker.example/x.dtd">', Rule.DOCUMENT_TYPE),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>', Rule.DOCUMENT_TYPE),
        (f"<!DOCTYPE r [{LAUGHS}]>", Rule.DOCUMENT_TYPE),
        ('<!DOCTYPE r [<!ATTLIST samlp:Response ID ID "x">]>', Rule.DOCUMENT_TYPE),
        ("<!doctype r>", Rule.COMMENT),
        ("<!-- a -->", Rule.COMMENT),
        ('<?xml-stylesheet href="https://attacker.example/"?>', Rule.INSTRUCTION),
        ("<?php 1 ?>", Rule.INSTRUCTION),
        ("x", Rule.NOT_XML),
    ],
)
def test_what_stands_before_a_response_is_refused(before: str, rule: Rule) -> None:
    text = _text()
    read(text)
    read(DECLARATION + text)
    assert rule_of(before.encode() + text) is rule
    assert rule_of(DECLARATION + before.encode() + text) is rule


@pytest.mark.parametrize("signs", ["assertion", "response"])
@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        (b"ada@example.com<!---->.attacker.example</saml:NameID>", Rule.COMMENT),
        (b"admin@example.com<!--</saml:NameID>-->ada@example.com</saml:NameID>", Rule.COMMENT),
        (b"ada@<![CDATA[example]]>.com</saml:NameID>", Rule.COMMENT),
        (b"ada@<?x y?>example.com</saml:NameID>", Rule.INSTRUCTION),
        (b"&ada;</saml:NameID>", Rule.NOT_XML),
    ],
)
def test_what_splits_the_text_of_a_name_id_is_refused(
    inside: bytes, rule: Rule, signs: str
) -> None:
    text = _text(signs)
    read(text)
    assert text.count(SUBJECT) == 1
    assert rule_of(text.replace(SUBJECT, inside)) is rule


def test_a_comment_that_the_identity_provider_signed_is_refused_too() -> None:
    """Canonical form leaves comments out, so the signature holds with and without."""
    name_id = "<saml:NameID>ada@example.com<!-- -->.attacker.example</saml:NameID>"
    assert rule_of(response(Draft(name_id=name_id))) is Rule.COMMENT
    read(response(Draft(name_id=name_id.replace("<!-- -->", ""))))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "cp037", "iso-8859-1"])
def test_other_encodings_are_refused(encoding: str) -> None:
    text = _text().decode()
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{text}'
    assert rule_of(declared.encode(encoding)) in {Rule.ENCODING, Rule.NOT_XML}
    assert rule_of(declared.encode()) is Rule.ENCODING
    read(declared.replace(encoding, "utf-8"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"\x00",
        b"<",
        b"<a",
        b"<a>",
        b"</a>",
        b"<a/><b/>",
        b'<a b="1" b="2"/>',
        b"<x:a/>",
    ],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    assert rule_of(content) in {Rule.NOT_XML, Rule.ENCODING}


@pytest.mark.parametrize("encoded", ["", "%", "PGE+", "*" * 100, "PGEvPg", "é"])
def test_what_is_not_base64_of_a_response_is_refused(encoded: str) -> None:
    with pytest.raises(SamlError):
        read_posted(encoded, context(), Store())
    text = b64encode(_text()).decode()
    lines = "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    read_posted(lines, context(), Store())


@pytest.mark.parametrize(
    ("bomb", "rule"),
    [
        (b"<a>" + b"x" * documents.MAX_BYTES + b"</a>", Rule.TOO_LARGE),
        (b"<a>" + b"<b/>" * 30_000 + b"</a>", Rule.TOO_COMPLEX),
        (b"<a>" * 100 + b"</a>" * 100, Rule.TOO_COMPLEX),
        (b"<a>" * 50_000 + b"</a>" * 50_000, Rule.NOT_XML),
        (b"<a " + b" ".join(b'xmlns:n%d="u"' % i for i in range(9_000)) + b"/>", Rule.TOO_COMPLEX),
        (b"<a " + b" ".join(b'xmlns:n%d="u"' % i for i in range(3_990)) + b"/>", WRONG),
        (b"<a " + b" ".join(b'n%d="u"' % i for i in range(30_000)) + b"/>", Rule.TOO_COMPLEX),
    ],
    ids=["size", "elements", "depth", "deeper", "namespaces", "just-fewer", "attributes"],
)
def test_bombs_are_refused_at_once(bomb: bytes, rule: Rule) -> None:
    begun = time.process_time()
    assert rule_of(bomb) is rule
    assert time.process_time() - begun < 2


def test_a_large_but_honest_response_is_read() -> None:
    """Entra ID and others send a group for each that somebody is in."""
    groups = "".join(
        f"<saml:AttributeValue>group-{i}-{'x' * 60}</saml:AttributeValue>" for i in range(1_500)
    )
    values = f'<saml:Attribute Name="groups">{groups}</saml:Attribute>'
    assert len(read(response(Draft(values=values))).attributes["groups"]) == 1_500


@pytest.mark.parametrize("name", ["ID", "Id", "id", "xml:id"])
@pytest.mark.parametrize("value", ["_assertion-1", "_response-1"])
def test_an_id_that_stands_twice_is_refused(name: str, value: str) -> None:
    draft = Draft(values=f'<saml:Attribute Name="a" {name}="other"/>')
    read(response(draft))
    twice = Draft(values=f'<saml:Attribute Name="a" {name}="{value}"/>')
    assert rule_of(response(twice)) is Rule.DUPLICATE_ID


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<saml:NameID", '<saml:NameID xmlns:saml="urn:evil"', Rule.NAME_ID),
        ("<saml:Issuer", '<saml:Issuer xmlns:saml="urn:evil"', Rule.STRUCTURE),
        ("<saml:Conditions", '<saml:Conditions xmlns:saml="urn:evil"', Rule.STRUCTURE),
    ],
)
def test_names_that_only_look_like_samls_are_refused(old: str, new: str, rule: Rule) -> None:
    """Signed as they are: it is their namespace for which they are refused."""
    text = Draft().assertion_text()
    assert old in text
    for written, expected in ((text, None), (text.replace(old, new, 1), rule)):
        assertion = etree.fromstring(written)
        signing.sign(assertion, signer().key, signer().certificate)
        whole = Draft().response(assertion)
        if expected is None:
            read(whole)
        else:
            assert rule_of(whole) is expected


def test_prefixes_are_only_prefixes() -> None:
    """Other names for the same namespaces are the same document."""
    text = Draft().assertion_text()
    assertion = etree.fromstring(text.replace("saml:", "x:").replace("xmlns:saml", "xmlns:x"))
    signing.sign(assertion, signer().key, signer().certificate)
    end = b"</samlp:Response>"
    whole = etree.tostring(Draft().response())
    assert read(whole.replace(end, etree.tostring(assertion) + end)).name_id.value == NAME


@pytest.mark.parametrize(
    ("element", "type_name"),
    [("saml:NameID", "xs:string"), ("saml:Conditions", "saml:Other"), ("saml:Subject", "x")],
)
def test_types_are_not_changed_by_the_message(element: str, type_name: str) -> None:
    text = Draft().assertion_text().replace(f"<{element}", f'<{element} xsi:type="{type_name}"', 1)
    assertion = etree.fromstring(text)
    signing.sign(assertion, signer().key, signer().certificate)
    assert rule_of(Draft().response(assertion)) is Rule.STRUCTURE
    read(response())


def test_another_message_is_no_response() -> None:
    read(response())
    assert rule_of(Draft().assertion()) is Rule.UNEXPECTED_MESSAGE
    assert rule_of(b"<Response/>") is Rule.UNEXPECTED_MESSAGE


def test_what_a_parser_reads_is_what_was_verified() -> None:
    """The document of a sign-on, read by another parser, says the same."""
    sign_on = read(response(signs="both"))
    found = ET.fromstring(sign_on.document).findall(f".//{saml('NameID')}")  # noqa: S314  # ours
    assert [each.text for each in found] == [sign_on.name_id.value]
