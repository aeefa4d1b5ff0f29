"""Auth0."""

from __future__ import annotations

from typing import ClassVar

from sso.oidc.providers.base import Vendor


class Auth0(Vendor):
    """Auth0. See https://auth0.com/docs/secure/tokens/refresh-tokens."""

    preset = "auth0"
    offline: ClassVar = {}
