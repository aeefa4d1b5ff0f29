"""What a tenant configures of OpenID Connect, and what sign-ons leave behind."""

from sso.oidc.models.configuration import (
    ClientAuthentication,
    OidcClientSecret,
    OidcConfiguration,
    Preset,
)
from sso.oidc.models.sign_on import (
    OidcRequest,
    OidcSession,
    OidcTokens,
    OidcUsedToken,
)

__all__ = [
    "ClientAuthentication",
    "OidcClientSecret",
    "OidcConfiguration",
    "OidcRequest",
    "OidcSession",
    "OidcTokens",
    "OidcUsedToken",
    "Preset",
]
