"""How messages travel: by redirect, form or SOAP envelope (SAML bindings, sections 3.2-3.5)."""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from lxml import etree

from sso.saml.protocol import documents, query_signatures, signatures
from sso.saml.protocol.names import POST, REDIRECT, SOAP, soap
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.etree import _Element as Element

    from sso.saml.protocol.keys import KeyPair
    from sso.saml.protocol.parties import Endpoint

_MAX_ENCODED: Final = documents.MAX_BYTES * 3 // 2  # base64 with line breaks
_MAX_QUERY: Final = 64 * 1024
_MAX_RELAY_STATE: Final = 1024
_SIGNED_PARAMETERS: Final = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
_PARAMETERS: Final = frozenset({*_SIGNED_PARAMETERS, "Signature", "SAMLEncoding"})
_DEFLATE: Final = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way through the browser.

    Attributes:
        url: where the browser goes; for a redirect the message is in it.
        fields: what a form posts there, by name; empty for a redirect.
        message_id: the ID that the answer must refer to.
    """

    url: str
    message_id: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def binding(self) -> str:
        """How it travels."""
        return POST if self.fields else REDIRECT


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it arrived.

    Attributes:
        root: the message. It is verified already where the binding signs the query.
        relay_state: what came beside it.
        query_signed: whether the query was signed, and the signature is right.
    """

    root: Element
    relay_state: str = ""
    query_signed: bool = False


def send(message: Element, endpoint: Endpoint, relay_state: str, key_pair: KeyPair) -> Outgoing:
    """Put a message on its way to an endpoint, signed as its binding has it."""
    answers = etree.QName(message).localname.endswith("Response")
    parameter = "SAMLResponse" if answers else "SAMLRequest"
    url = message.get("Destination", "")
    message_id = message.get("ID", "")
    if endpoint.binding == REDIRECT:
        return Outgoing(redirect(url, parameter, message, relay_state, key_pair), message_id)
    return Outgoing(url, message_id, form(parameter, message, relay_state, key_pair))


def redirect(
    url: str, parameter: str, message: Element, relay_state: str, key_pair: KeyPair
) -> str:
    """The URL that carries a message, with the query signed.

    Args:
        url: the endpoint, which may have a query of its own.
        parameter: ``SAMLRequest`` or ``SAMLResponse``.
        message: unsigned, as the query's signature stands for it.
        relay_state: what should come back; may be empty.
        key_pair: what to sign with.
    """
    packed = b64encode(_deflate(documents.serialized(message))).decode()
    parameters = {
        parameter: packed,
        "RelayState": relay_state,
        "SigAlg": query_signatures.RSA_SHA256,
    }
    query = "&".join(
        f"{name}={quote(value, safe='')}" for name, value in parameters.items() if value
    )
    signature = b64encode(query_signatures.sign(query.encode(), key_pair)).decode()
    separator = "&" if urlsplit(url).query else "?"
    return f"{url}{separator}{query}&Signature={quote(signature, safe='')}"


def form(parameter: str, message: Element, relay_state: str, key_pair: KeyPair) -> dict[str, str]:
    """The fields of a form that posts a message, signed."""
    signed = documents.serialized(signatures.signed(message, key_pair))
    fields = {parameter: b64encode(signed).decode(), "RelayState": relay_state}
    return {name: value for name, value in fields.items() if value}


def from_form(encoded: str, relay_state: str = "") -> Incoming:
    """Read a message that a form posted: the value of ``SAMLResponse`` or ``SAMLRequest``."""
    _check_relay_state(relay_state)
    return Incoming(documents.parse(_decode(encoded, _MAX_ENCODED)), relay_state)


def from_query(query: str, parameter: str, certificates: Sequence[str]) -> Incoming:
    """Read a message in the query of a redirect, whose signature must be there and right.

    Args:
        query: as it was received, not decoded: the signature covers these characters.
        parameter: ``SAMLRequest`` or ``SAMLResponse``.
        certificates: of who must have signed, in PEM.
    """
    raw = _parameters(query)
    if parameter not in raw or len({"SAMLRequest", "SAMLResponse"} & raw.keys()) != 1:
        raise SamlError(Rule.UNEXPECTED_MESSAGE, f"The query does not carry just one {parameter}.")
    if raw.get("SAMLEncoding", _DEFLATE) not in {_DEFLATE, quote(_DEFLATE, safe="")}:
        raise SamlError(Rule.ENCODING, "The query is not encoded by DEFLATE.")
    _verify_query(raw, certificates)
    relay_state = _unquoted(raw.get("RelayState", ""))
    _check_relay_state(relay_state)
    document = _inflate(_decode(_unquoted(raw[parameter]), _MAX_QUERY))
    return Incoming(documents.parse(document), relay_state, query_signed=True)


def in_envelope(message: Element) -> bytes:
    """A SOAP 1.1 envelope around a signed message."""
    envelope = etree.Element(soap("Envelope"), nsmap={"soap": SOAP})
    etree.SubElement(envelope, soap("Body")).append(message)
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def from_envelope(document: bytes) -> Incoming:
    """Read the one message in the body of a SOAP envelope."""
    envelope = documents.parse(document)
    if envelope.tag != soap("Envelope") or len(envelope) > len(("Header", "Body")):
        raise SamlError(Rule.UNEXPECTED_MESSAGE, "What was sent is no SOAP envelope.")
    body = documents.only(envelope, soap("Body"), Rule.UNEXPECTED_MESSAGE)
    if len(body) != 1:
        raise SamlError(Rule.UNEXPECTED_MESSAGE, f"The SOAP body has {len(body)} messages.")
    return Incoming(documents.parse(documents.serialized(body[0])))


def _parameters(query: str) -> dict[str, str]:
    """The parameters that matter, still encoded; one that stands twice is refused."""
    if len(query) > _MAX_QUERY:
        raise SamlError(
            Rule.TOO_LARGE, f"The query has {len(query)} characters; {_MAX_QUERY} are allowed."
        )
    raw: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        name = _unquoted(name)
        if name not in _PARAMETERS:
            continue
        if name in raw:
            raise SamlError(Rule.STRUCTURE, f"The query has {name} twice.")
        raw[name] = value
    return raw


def _verify_query(raw: Mapping[str, str], certificates: Sequence[str]) -> None:
    if "Signature" not in raw or "SigAlg" not in raw:
        raise SamlError(Rule.UNSIGNED, "The query is not signed.")
    covered = "&".join(f"{name}={raw[name]}" for name in _SIGNED_PARAMETERS if name in raw)
    signature = _decode(_unquoted(raw["Signature"]), _MAX_QUERY)
    query_signatures.verify(covered.encode(), signature, _unquoted(raw["SigAlg"]), certificates)


def _unquoted(value: str) -> str:
    try:
        return unquote_to_bytes(value.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise SamlError(Rule.ENCODING, "The query is not in UTF-8.") from None


def _decode(encoded: str, limit: int) -> bytes:
    if len(encoded) > limit:
        raise SamlError(
            Rule.TOO_LARGE, f"The message has {len(encoded)} characters; {limit} are allowed."
        )
    try:
        return b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise SamlError(Rule.ENCODING, "The message is not in base64.") from None


def _inflate(packed: bytes) -> bytes:
    """Inflate, but never to more than a message may have."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        document = inflater.decompress(packed, documents.MAX_BYTES + 1)
    except zlib.error:
        raise SamlError(Rule.ENCODING, "The message is not deflated.") from None
    if len(document) > documents.MAX_BYTES:
        raise SamlError(
            Rule.TOO_LARGE, f"Inflated, the message has over {documents.MAX_BYTES} bytes."
        )
    if not inflater.eof or inflater.unused_data:
        raise SamlError(Rule.ENCODING, "The deflated message does not end where it should.")
    return document


def _deflate(document: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(document) + deflater.flush()


def _check_relay_state(relay_state: str) -> None:
    if len(relay_state) > _MAX_RELAY_STATE:
        raise SamlError(Rule.TOO_LARGE, f"RelayState has over {_MAX_RELAY_STATE} characters.")
