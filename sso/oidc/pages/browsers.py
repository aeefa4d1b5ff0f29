"""The cookie that ties a sign-on by OpenID Connect to the browser that began it."""

from __future__ import annotations

from typing import Final

from sso.federation.browsers import BrowserCookie

# Browsers come back by following a redirect, with which a cookie of SameSite=Lax is sent.
COOKIE: Final = BrowserCookie("__Host-oidc", same_site="Lax")
