"""What sign-ons read: configurations, and the two parties that the protocol is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.http.request import split_domain_port
from django.utils import timezone

from iac_platform.common.encryption import unseal
from sso.saml.models import KeyState, SamlConfiguration, ServiceProviderKey
from sso.saml.protocol.keys import KeyPair
from sso.saml.protocol.parties import ServiceProvider
from sso.saml.protocol.rules import Refused, Rule
from tenants.context import current_tenant
from tenants.selectors import origin_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from rest_framework.request import Request

    from sso.saml.protocol.parties import IdentityProvider


def enabled_configurations() -> QuerySet[SamlConfiguration]:
    """The configurations by which people can sign on, without their metadata, by name."""
    return _usable().exclude(entity_id="").defer("metadata_xml").order_by("name_key")


def configuration_by_slug(slug: str) -> SamlConfiguration | None:
    """The enabled configuration that addresses call so.

    It may have no metadata yet: identity providers' admins want ours first.
    """
    return _usable().filter(slug=slug).first()


def _usable() -> QuerySet[SamlConfiguration]:
    """Those that are enabled and have a key; an imported one has none until it is rotated."""
    keys = ServiceProviderKey.objects.filter(
        configuration_id=OuterRef("pk"), state=KeyState.CURRENT
    )
    return SamlConfiguration.objects.filter(Exists(keys), is_enabled=True)


def base_url(request: HttpRequest | Request) -> str:
    """What the tenant's own addresses begin with, at the scheme and port that were asked."""
    _, port = split_domain_port(request.get_host())
    return origin_of(current_tenant(), scheme=str(request.scheme), port=port)


def addresses(slug: str, base_url: str) -> dict[str, str]:
    """What an identity provider is told of the tenant: its entity ID and its endpoints.

    The entity ID is where its metadata can be fetched (SAML core, section 8.3.6).
    """
    at = f"{base_url}/sso/saml/{slug}"
    return {
        "entity_id": f"{at}/metadata/",
        "metadata_url": f"{at}/metadata/",
        "acs_url": f"{at}/acs/",
        "slo_url": f"{at}/slo/",
    }


def service_provider(configuration: SamlConfiguration, base_url: str) -> ServiceProvider:
    """The tenant as the service provider that its identity provider knows, with its keys opened.

    Raises:
        KeyError: it has no current key, and so is none of ``enabled_configurations``.
    """
    by_state = {key.state: _opened(key) for key in configuration.keys.all()}
    in_use = (by_state.get(state) for state in (KeyState.NEXT, KeyState.PREVIOUS))
    at = addresses(configuration.slug, base_url)
    return ServiceProvider(
        entity_id=at["entity_id"],
        acs_url=at["acs_url"],
        slo_url=at["slo_url"],
        signing=by_state[KeyState.CURRENT],
        decryption=(by_state[KeyState.CURRENT], *(pair for pair in in_use if pair)),
        next_signing=by_state.get(KeyState.NEXT),
    )


def identity_provider(configuration: SamlConfiguration) -> IdentityProvider:
    """The identity provider as its last good metadata describe it.

    Raises:
        Refused: there are none yet, or they have expired since.
    """
    from sso.saml.protocol.identity_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        read_metadata,
    )

    if not configuration.metadata_xml:
        raise Refused(Rule.METADATA, "The configuration has no metadata of an identity provider.")
    return read_metadata(configuration.metadata_xml.encode(), now=timezone.now())


def _opened(key: ServiceProviderKey) -> KeyPair:
    return KeyPair(unseal(key.private_key, row=key, column="private_key"), key.certificate_pem)
