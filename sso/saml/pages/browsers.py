"""The cookie that ties a sign-on by SAML to the browser that began it."""

from __future__ import annotations

from typing import Final

from sso.federation.browsers import BrowserCookie

# A response comes by a POST from another site.
COOKIE: Final = BrowserCookie("__Host-saml", same_site="None")
