"""What is particular to the products that providers are: a file each.

To add one, write its class, list it here, and give ``models.Preset`` its value.
"""

from __future__ import annotations

from typing import Final

from sso.oidc.providers.auth0 import Auth0
from sso.oidc.providers.base import Vendor
from sso.oidc.providers.gitlab import GitLab
from sso.oidc.providers.google import Google
from sso.oidc.providers.keycloak import Keycloak
from sso.oidc.providers.microsoft import Microsoft
from sso.oidc.providers.okta import Okta

_GENERIC: Final = Vendor()
_VENDORS: Final = (Google(), Microsoft(), GitLab(), Okta(), Auth0(), Keycloak())


def vendor_of_issuer(issuer: str) -> Vendor:
    """The product whose rules hold at an issuer, whatever preset was chosen."""
    return next((each for each in _VENDORS if each.matches(issuer)), _GENERIC)


def vendor_of_preset(preset: str) -> Vendor:
    """The product whose defaults count."""
    return next((each for each in _VENDORS if each.preset == preset), _GENERIC)
