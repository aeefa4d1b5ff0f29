"""From what a provider says to what provisioning takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sso.oidc.models import Preset
from sso.oidc.sign_ons import presets
from sso.provisioning.external import ExternalIdentity, Provider
from sso.provisioning.models import ProviderKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sso.oidc.models import OidcConfiguration


# Where anybody can have an account, and no claim tells whose people they are. Google has one (hd).
_OPEN_TO_ALL: Final = {
    "https://gitlab.com",
    # Microsoft's tenant of personal accounts:
    # https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
    "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
}


def provider_of(configuration: OidcConfiguration) -> Provider:
    """The provider of a configuration."""
    sent = presets.ATTRIBUTES.get(Preset(configuration.preset), presets.STANDARD)
    return Provider(ProviderKind.OIDC, configuration.pk, configuration.name, sent)


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
        is_open=configuration.issuer in _OPEN_TO_ALL,
    )
