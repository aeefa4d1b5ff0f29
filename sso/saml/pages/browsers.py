"""The cookie that ties a sign-on to the browser that began it.

A response comes by a POST from another site, with which no cookie of SameSite=Lax is sent, the
session's included. So this one is None, holds a secret that opens nothing, and lives for minutes.
Its prefix keeps other hosts from setting it, and plain http from it (RFC 6265bis, section 4.1.3.2).
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from sso.saml.sign_ons.requests import ANSWERED_WITHIN

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE: Final = "__Host-saml"
_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def secret_of(request: HttpRequest) -> str:
    """The secret that the browser shows; nothing if it shows none."""
    shown = request.COOKIES.get(COOKIE, "")
    return shown if _SECRET.fullmatch(shown) else ""


def new_secret() -> str:
    """A secret for a browser that has none."""
    return secrets.token_urlsafe(_BYTES)


def give_secret(response: HttpResponse, secret: str) -> None:
    """Have the browser keep the secret while a sign-on is under way."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=ANSWERED_WITHIN,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",
    )
