"""What sign-ons read: configurations, and the two parties that the protocol is given."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from iac_platform.common.encryption import unseal
from sso.saml.errors import SamlConfigurationNotFound
from sso.saml.models import KeyState, SamlConfiguration, SamlRequest, ServiceProviderKey
from sso.saml.protocol import times
from sso.saml.protocol.keys import KeyPair
from sso.saml.protocol.parties import ServiceProvider
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sso.saml.protocol.parties import IdentityProvider

_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


def enabled_configurations() -> QuerySet[SamlConfiguration]:
    """The configurations by which people can sign on, without their metadata, by name."""
    return _usable().exclude(entity_id="").defer("metadata_xml").order_by("name_key")


def configuration_by_slug(slug: str) -> SamlConfiguration | None:
    """The enabled configuration that addresses call so.

    It may have no metadata yet: identity providers' admins want ours first.
    """
    return _usable().filter(slug=slug).first()


def published_configuration(slug: str) -> SamlConfiguration | None:
    """The configuration whose metadata addresses call so, enabled or not."""
    return _with_key().filter(slug=slug).first()


def configuration_under_test(slug: str) -> SamlConfiguration | None:
    """The configuration that addresses call so, enabled or not, if an admin tests it now."""
    tests = SamlRequest.objects.filter(
        configuration_id=OuterRef("pk"), tested_in__isnull=False, expires_at__gt=timezone.now()
    )
    return _with_key().filter(Exists(tests), slug=slug).first()


def _usable() -> QuerySet[SamlConfiguration]:
    return _with_key().filter(is_enabled=True)


def _with_key() -> QuerySet[SamlConfiguration]:
    """Those that have a key; an imported one has none until it is rotated."""
    keys = ServiceProviderKey.objects.filter(
        configuration_id=OuterRef("pk"), state=KeyState.CURRENT
    )
    return SamlConfiguration.objects.filter(Exists(keys))


def addresses(slug: str, base_url: str) -> dict[str, str]:
    """The tenant as a service provider: its entity ID and its endpoints.

    The entity ID is where its metadata can be fetched (SAML core, section 8.3.6).
    """
    at = f"{base_url}/sso/saml/{slug}"
    return {
        "entity_id": f"{at}/metadata/",
        "metadata_url": f"{at}/metadata/",
        "login_url": f"{at}/login/",
        "acs_url": f"{at}/acs/",
        "slo_url": f"{at}/slo/",
    }


def service_provider(configuration: SamlConfiguration, base_url: str) -> ServiceProvider:
    """The tenant as the service provider that its identity provider knows, with its keys opened.

    Raises:
        SamlConfigurationNotFound: it has no current key, so it is none of
            ``enabled_configurations``, or was deleted meanwhile.
    """
    by_state = {key.state: _opened(key) for key in configuration.keys.all()}
    current = by_state.get(KeyState.CURRENT)
    if current is None:
        raise SamlConfigurationNotFound("There is no such configuration (any more).")
    in_use = (by_state.get(state) for state in (KeyState.NEXT, KeyState.PREVIOUS))
    at = addresses(configuration.slug, base_url)
    return ServiceProvider(
        entity_id=at["entity_id"],
        acs_url=at["acs_url"],
        slo_url=at["slo_url"],
        signing=current,
        decryption=(current, *(pair for pair in in_use if pair)),
        next_signing=by_state.get(KeyState.NEXT),
    )


def identity_provider(configuration: SamlConfiguration) -> IdentityProvider:
    """The identity provider as its last valid metadata describes it.

    Raises:
        SamlError: there are none yet, or they have expired since.
    """
    if not configuration.metadata_xml:
        raise SamlError(Rule.METADATA, "The configuration has no metadata of an identity provider.")
    found = _read(configuration.metadata_xml)
    if found.valid_until is not None and found.valid_until <= timezone.now():
        raise SamlError(
            Rule.METADATA_EXPIRED,
            f"The metadata was valid until {times.written(found.valid_until)}. Refresh it, or "
            "upload a newer document.",
        )
    return found


def last_good(configuration: SamlConfiguration) -> IdentityProvider | None:
    """The same whether it has expired or not; None without metadata that can be read."""
    try:
        return _read(configuration.metadata_xml) if configuration.metadata_xml else None
    except SamlError:
        return None


@lru_cache(maxsize=64)
def _read(xml: str) -> IdentityProvider:
    """What metadata says, expired or not. It is cached: anybody can have it asked for."""
    from sso.saml.protocol.identity_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        read_metadata,
    )

    return read_metadata(xml.encode(), now=_ALWAYS)


def _opened(key: ServiceProviderKey) -> KeyPair:
    return KeyPair(unseal(key.private_key, row=key, column="private_key"), key.certificate_pem)
