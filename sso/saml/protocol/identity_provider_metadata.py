"""Reading the metadata of identity providers (SAML metadata 2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sso.saml.protocol import documents, keys, messages, signatures, times
from sso.saml.protocol.names import PROTOCOL, metadata
from sso.saml.protocol.parties import Endpoint, IdentityProvider
from sso.saml.protocol.rules import Refused, Rule, shown

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
        Refused: when it is not metadata, describes none or several, is expired, has no certificate
            that can be trusted, or an endpoint that is not on https.
    """
    root = documents.parse_metadata(document)
    if root.tag not in _ENTITIES:
        raise Refused(
            Rule.METADATA, f"The document is {shown(documents.tag_of(root))}, not metadata."
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
        named = f" called {shown(entity_id)}" if entity_id else ""
        raise Refused(
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
        raise Refused(Rule.METADATA_EXPIRED, f"The metadata was valid until {times.written(end)}.")
    return end


def _identity_provider(entity: Element, valid_until: datetime | None) -> IdentityProvider:
    """Read the entity by pysaml2's classes, from its canonical form."""
    described = messages.pysaml2("md").entity_descriptor_from_string(documents.canonical(entity))
    roles = [role for role in described.idpsso_descriptor if _speaks_saml2(role)]
    if len(roles) != 1:
        raise Refused(
            Rule.METADATA, f"The metadata has {len(roles)} descriptions for SAML 2.0, not one."
        )
    role = roles[0]
    return IdentityProvider(
        entity_id=_entity_id(described.entity_id),
        certificates=_certificates(role),
        sign_on=_endpoints(role.single_sign_on_service, required=True),
        logout=_endpoints(role.single_logout_service),
        wants_signed_requests=role.want_authn_requests_signed in {"true", "1"},
        name_id_formats=tuple((each.text or "").strip() for each in role.name_id_format),
        valid_until=valid_until,
    )


def _speaks_saml2(role: Any) -> bool:
    return PROTOCOL in (role.protocol_support_enumeration or "").split()


def _entity_id(value: str | None) -> str:
    if not value or len(value) > _MAX_ENTITY_ID:
        raise Refused(Rule.METADATA, f"The entity ID is {shown(value)}.")
    return str(value)


def _certificates(role: Any) -> tuple[str, ...]:
    """The certificates for signing, each once, and strong enough."""
    texts = [
        data.x509_certificate.text
        for descriptor in role.key_descriptor
        if descriptor.use in {None, "signing"} and descriptor.key_info is not None
        for data in descriptor.key_info.x509_data
        if data.x509_certificate is not None
    ]
    found = tuple(dict.fromkeys(_pem(text) for text in texts))
    if not 1 <= len(found) <= _MAX_CERTIFICATES:
        raise Refused(Rule.CERTIFICATE, f"The metadata has {len(found)} certificates for signing.")
    return found


def _pem(text: str | None) -> str:
    pem = keys.pem_of(text or "")
    if not pem:
        raise Refused(Rule.CERTIFICATE, "A certificate of the metadata cannot be read.")
    keys.public_key_of(pem)
    return pem


def _endpoints(services: Iterable[Any], *, required: bool = False) -> tuple[Endpoint, ...]:
    found = tuple(
        Endpoint(
            each.binding or "", _url(each.location), _url(each.response_location, optional=True)
        )
        for each in services
    )
    if required and not found:
        raise Refused(Rule.ENDPOINT, "The metadata has no endpoint for sign-on.")
    return found


def _url(value: str | None, *, optional: bool = False) -> str:
    """A place to send browsers and messages to: on https, with nothing in it that hides where."""
    if optional and not value:
        return ""
    try:
        parts = urlsplit(value or "")
    except ValueError:
        parts = urlsplit("")
    plain = not any(char.isspace() or not char.isprintable() for char in value or "")
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not plain:
        raise Refused(Rule.ENDPOINT, f"The endpoint {shown(value)} is not a URL on https.")
    return value or ""
