"""Mutated responses: nothing but a refusal leaves the reader, and nobody else is let in."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sso.saml.protocol import bindings
from sso.saml.protocol.identity_provider_metadata import read_metadata
from sso.saml.protocol.rules import SamlError
from tests.sso.saml.protocol import drafts, encrypting
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.protocol.drafts import NOW, response, signer
from tests.sso.saml.protocol.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = 150
SHAPES: tuple[Callable[[], bytes], ...] = (
    lambda: etree.tostring(response(signs="assertion")),
    lambda: etree.tostring(response(signs="response")),
    lambda: etree.tostring(response(signs="both")),
    lambda: etree.tostring(response(signs="both", encrypted=encrypting.AES256_CBC)),
    lambda: etree.tostring(response(encrypted=encrypting.AES256_GCM)),
)
PIECES = (
    b"<", b">", b"&", b"&#0;", b"&#x41;", b'"', b"'", b"/", b"<!--", b"-->", b"<![CDATA[", b"]]>",
    b"<?x?>", b"<!DOCTYPE a>", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xc2\xa0", b"<saml:Assertion/>",
    b"<ds:Signature/>", b' ID="_assertion-1"', b' xmlns="urn:x"', b"xmlns:saml", b"99999999999",
    b"2026-13-45T99:99:99Z", b"%s%n", b"A" * 3000,
)  # fmt: skip


def _mutate(document: bytes, source: random.Random) -> bytes:
    """A document with a few pieces put in, left out, moved or written twice."""
    for _ in range(source.randint(1, 4)):
        start = source.randrange(len(document) + 1)
        end = min(len(document), start + source.choice((1, 8, 64, 512)))
        part = document[start:end]
        put = source.choice((source.choice(PIECES), b"", part + part, bytes(reversed(part))))
        document = document[:start] + put + document[source.choice((start, end)) :]
    return document


def _mutate_elements(document: bytes, source: random.Random) -> bytes:
    """A document that stays well-formed, with elements and attributes moved about."""
    root = etree.fromstring(document)
    for _ in range(source.randint(1, 3)):
        elements = list(root.iter())
        one, other = source.choice(elements), source.choice(elements)
        change = source.randrange(5)
        if change == 0 and one.getparent() is not None:
            one.getparent().remove(one)  # type: ignore[union-attr]
        elif change == 1:
            other.append(etree.fromstring(etree.tostring(one, with_tail=False)))
        elif change == 2:
            one.text = other.text
        elif change == 3 and one.attrib:
            del one.attrib[source.choice(list(one.attrib))]
        else:
            one.attrib.update(other.attrib)
    return etree.tostring(root)


def _read_or_refuse(document: bytes) -> None:
    """Whoever is let in is who the identity provider signed for."""
    try:
        sign_on = read(document)
    except SamlError:
        return
    assert sign_on.name_id.value == "ada@example.com"
    assert sign_on.attributes["groups"] == ("Engineers", "Architects")


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=st.integers(0, 2**32), shape=st.sampled_from(SHAPES))
def test_a_mutated_response_is_read_rightly_or_refused(
    seed: int, shape: Callable[[], bytes]
) -> None:
    source = random.Random(seed)  # noqa: S311  # examples, not secrets
    _read_or_refuse(_mutate(shape(), source))


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=st.integers(0, 2**32), shape=st.sampled_from(SHAPES))
def test_a_rearranged_response_is_read_rightly_or_refused(
    seed: int, shape: Callable[[], bytes]
) -> None:
    source = random.Random(seed)  # noqa: S311
    _read_or_refuse(_mutate_elements(shape(), source))


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    _read_or_refuse(content)
    _read_or_refuse(b"<a>" + content + b"</a>")


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=st.integers(0, 2**32))
def test_mutated_metadata_is_read_or_refused(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311
    mutate = source.choice((_mutate, _mutate_elements))
    try:
        idp = read_metadata(mutate(metadata_document(), source), now=NOW)
    except SamlError:
        return
    assert all(each.location.startswith("https://") for each in idp.sign_on + idp.logout)


@settings(max_examples=EXAMPLES, deadline=None, database=None)
@given(seed=st.integers(0, 2**32))
def test_a_mutated_query_is_refused_unless_nothing_signed_changed(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311
    message = etree.fromstring("<a>text</a>")
    url = bindings.redirect(drafts.SLO, "SAMLRequest", message, "state", signer().pair())
    query = _mutate(urlsplit(url).query.encode(), source).decode("latin-1")
    try:
        incoming = bindings.from_query(query, "SAMLRequest", (signer().pem,))
    except SamlError:
        return
    assert (incoming.root.text, incoming.relay_state) == ("text", "state")
