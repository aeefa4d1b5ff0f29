"""What a tenant configures of SAML, and what sign-ons leave behind."""

from sso.saml.models.configuration import (
    MAX_METADATA_CHARACTERS,
    NameIdFormat,
    Preset,
    SamlConfiguration,
)
from sso.saml.models.key import KeyState, ServiceProviderKey
from sso.saml.models.sign_on import SamlLogout, SamlRequest, SamlSession, UsedMessage

__all__ = [
    "MAX_METADATA_CHARACTERS",
    "KeyState",
    "NameIdFormat",
    "Preset",
    "SamlConfiguration",
    "SamlLogout",
    "SamlRequest",
    "SamlSession",
    "ServiceProviderKey",
    "UsedMessage",
]
