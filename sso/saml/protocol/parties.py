"""The two parties of single sign-on, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from datetime import datetime

    from sso.saml.protocol.keys import KeyPair


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a party takes messages of one binding, and answers, if elsewhere."""

    binding: str
    location: str
    response_location: str = ""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One identity provider, from its metadata.

    Attributes:
        entity_id: its name, which stands as Issuer in all that it sends.
        certificates: in PEM; what any of their keys signed is trusted. Two during a rollover.
        sign_on: where AuthnRequests go.
        logout: where LogoutRequests go, and answers to its own.
        wants_signed_requests: whether its metadata asks for signatures; ours always sign.
        name_id_formats: those that its metadata lists.
        valid_until: until when its metadata may be used.
    """

    entity_id: str
    certificates: tuple[str, ...]
    sign_on: tuple[Endpoint, ...]
    logout: tuple[Endpoint, ...] = ()
    wants_signed_requests: bool = False
    name_id_formats: tuple[str, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """This platform as one tenant's service provider for one identity provider.

    Attributes:
        entity_id: its name, which assertions must have as Audience.
        acs_url: where responses must be sent (assertion consumer service).
        slo_url: where logout messages must be sent (single logout service); empty for nowhere.
        signing: what it signs with.
        decryption: what it decrypts with; the first is in use, others are being replaced.
        next_signing: published beforehand, so that a rotation finds everybody ready.
    """

    entity_id: str
    acs_url: str
    slo_url: str
    signing: KeyPair
    decryption: tuple[KeyPair, ...]
    next_signing: KeyPair | None = None


def endpoint_for(endpoints: tuple[Endpoint, ...], *bindings: str) -> Endpoint:
    """The first endpoint whose binding is one of these, in the order of preference."""
    for binding in bindings:
        for endpoint in endpoints:
            if endpoint.binding == binding:
                return endpoint
    raise SamlError(
        Rule.ENDPOINT, f"The identity provider has no endpoint for {' or '.join(bindings)}."
    )
