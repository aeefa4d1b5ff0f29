"""From what a provider says to what provisioning takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.oidc.providers import vendor_of_issuer, vendor_of_preset
from sso.provisioning.external import AttributeNames, ExternalIdentity, Provider
from sso.provisioning.models import ProviderKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sso.oidc.models import OidcConfiguration


def provider_of(configuration: OidcConfiguration) -> Provider:
    """The provider of a configuration."""
    names = AttributeNames(*vendor_of_preset(configuration.preset).claims)
    return Provider(ProviderKind.OIDC, configuration.pk, configuration.name, names)


def external_identity(
    configuration: OidcConfiguration, subject: str, attributes: Mapping[str, tuple[str, ...]]
) -> ExternalIdentity:
    """Who somebody is at a provider.

    Subjects are one of a kind at one issuer only (OpenID Connect Core, section 2), so the issuer
    is part of it: once a configuration names another one, the same subject is somebody else.
    """
    return ExternalIdentity(
        provider=provider_of(configuration),
        subject=subject,
        namespace=(configuration.issuer,),
        attributes=attributes,
        is_open=vendor_of_issuer(configuration.issuer).is_public(configuration.issuer),
    )
