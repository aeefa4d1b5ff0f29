"""Reading the metadata of identity providers (SAML metadata 2.0)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from cryptography import x509

from sso.federation.errors import quoted
from sso.saml.protocol import documents, keys, messages, signatures, times
from sso.saml.protocol.names import PROTOCOL, dsig, metadata
from sso.saml.protocol.parties import Endpoint, IdentityProvider
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from lxml.etree import _Element as Element

_ENTITIES: Final = (metadata("EntityDescriptor"), metadata("EntitiesDescriptor"))
_MAX_CERTIFICATES: Final = 8
_MAX_ENTITY_ID: Final = 1024  # SAML core, section 8.3.6


def read_metadata(
    document: bytes, *, now: datetime, entity_id: str = "", signed_by: Sequence[str] = ()
) -> IdentityProvider:
    """Read one identity provider from its metadata.

    Args:
        document: as it was uploaded or fetched.
        now: the time, for metadata that expires.
        entity_id: which one, where the document describes several.
        signed_by: certificates in PEM, one of which must have signed the document; empty for none.

    Raises:
        SamlError: when it is not metadata, describes none or several, is expired, has no
            certificate that can be trusted, or an endpoint that is not on https.
    """
    root = documents.parse_metadata(document)
    if root.tag not in _ENTITIES:
        raise SamlError(
            Rule.METADATA, f"The document is {quoted(documents.tag_of(root))}, not metadata."
        )
    if signed_by:
        root = signatures.verified(root, signed_by)
    entity = _entity(root, entity_id)
    return _identity_provider(entity, _valid_until(entity, now))


def _entity(root: Element, entity_id: str) -> Element:
    """The entity that is an identity provider, and the one that is asked for."""
    found = [
        entity
        for entity in root.iter(metadata("EntityDescriptor"))
        if entity.find(metadata("IDPSSODescriptor")) is not None
        and entity_id in {"", entity.get("entityID")}
    ]
    if len(found) != 1:
        named = f" called {quoted(entity_id)}" if entity_id else ""
        raise SamlError(
            Rule.METADATA, f"The metadata has {len(found)} identity providers{named}, not one."
        )
    return found[0]


def _valid_until(entity: Element, now: datetime) -> datetime | None:
    """Until when it may be used: the first end of its own and of all groups that it stands in."""
    around = (entity, *entity.iterancestors())
    ends = [
        times.instant(each.get("validUntil"), Rule.METADATA, "validUntil")
        for each in around
        if each.get("validUntil") is not None
    ]
    end = min(ends, default=None)
    if end is not None and end <= now:
        raise SamlError(
            Rule.METADATA_EXPIRED, f"The metadata was valid until {times.written(end)}."
        )
    return end


def _identity_provider(entity: Element, valid_until: datetime | None) -> IdentityProvider:
    """Read the one role that speaks SAML 2.0, by pysaml2's classes, from its canonical form."""
    roles = [role for role in entity.iterfind(metadata("IDPSSODescriptor")) if _speaks_saml2(role)]
    if len(roles) != 1:
        raise SamlError(
            Rule.METADATA, f"The metadata has {len(roles)} descriptions for SAML 2.0, not one."
        )
    role = _role(roles[0])
    return IdentityProvider(
        entity_id=_entity_id(entity.get("entityID")),
        certificates=_certificates(roles[0]),
        sign_on=_sign_on(role.single_sign_on_service),
        logout=_logout(role.single_logout_service),
        wants_signed_requests=role.want_authn_requests_signed in {"true", "1"},
        name_id_formats=tuple((each.text or "").strip() for each in role.name_id_format),
        valid_until=valid_until,
    )


def _role(element: Element) -> Any:
    """A role by pysaml2's classes; their parser knows fewer names than ours has let through."""
    try:
        return messages.pysaml2("md").idpsso_descriptor_from_string(documents.canonical(element))
    except ParseError as error:
        raise SamlError(Rule.NOT_XML, f"The metadata cannot be read: {error}.") from error


def _speaks_saml2(role: Element) -> bool:
    return PROTOCOL in (role.get("protocolSupportEnumeration") or "").split()


def _entity_id(value: str | None) -> str:
    if not value or len(value) > _MAX_ENTITY_ID:
        raise SamlError(
            Rule.METADATA,
            f"entityID must have 1 to {_MAX_ENTITY_ID} characters; it is {quoted(value)}.",
        )
    return str(value)


def _certificates(role: Element) -> tuple[str, ...]:
    """The certificates for signing, each once, and strong enough."""
    found = tuple(
        dict.fromkeys(
            pem
            for descriptor in role.iterfind(metadata("KeyDescriptor"))
            if descriptor.get("use") in {None, "signing"}
            for data in descriptor.iterfind(f"{dsig('KeyInfo')}/{dsig('X509Data')}")
            for pem in _validating(data)
        )
    )
    if not 1 <= len(found) <= _MAX_CERTIFICATES:
        raise SamlError(
            Rule.CERTIFICATE,
            f"The metadata has {len(found)} signing certificates; 1 to {_MAX_CERTIFICATES} are "
            "accepted.",
        )
    for pem in found:
        keys.public_key_of(pem)
    return found


def _validating(data: Element) -> list[str]:
    """Of a key's certificate and its chain, in any order, those that issued no other.

    The chain ends in the certificate of the key (XML Signature 1.1, section 4.5.4); the others are
    of authorities, whose keys sign certificates for many.
    """
    pems = [_pem(each.text) for each in data.iterfind(dsig("X509Certificate"))]
    read = [x509.load_pem_x509_certificate(pem.encode()) for pem in pems]
    authorities = {each.issuer for each in read if each.issuer != each.subject}
    return [pem for pem, each in zip(pems, read, strict=True) if each.subject not in authorities]


def _pem(text: str | None) -> str:
    pem = keys.pem_of(text or "")
    if not pem:
        raise SamlError(Rule.CERTIFICATE, "A certificate of the metadata cannot be read.")
    return pem


def _sign_on(services: Iterable[Any]) -> tuple[Endpoint, ...]:
    found = tuple(map(_endpoint, services))
    if not found:
        raise SamlError(Rule.ENDPOINT, "The metadata has no endpoint for sign-on.")
    return found


def _logout(services: Iterable[Any]) -> tuple[Endpoint, ...]:
    """Those that can be used: whoever has others can still be signed on by."""
    found = []
    for each in services:
        with suppress(SamlError):
            found.append(_endpoint(each))
    return tuple(found)


def _endpoint(service: Any) -> Endpoint:
    response = service.response_location
    return Endpoint(
        service.binding or "", _url(service.location), _url(response) if response else ""
    )


def _url(value: str | None) -> str:
    """A place to send browsers and messages to: on https, with nothing in it that hides where."""
    try:
        parts = urlsplit(value or "")
        _ = parts.port  # raises where there is none
    except ValueError:
        parts = urlsplit("")
    text = value or ""
    plain = not any(char.isspace() or not char.isprintable() for char in text) and "#" not in text
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not plain:
        raise SamlError(Rule.ENDPOINT, f"The endpoint {quoted(value)} is not a URL on https.")
    return text
