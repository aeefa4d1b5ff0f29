"""The cookie that ties a sign-on to the browser that began it.

It holds a secret that opens nothing, and lives for minutes. Its prefix keeps other hosts from
setting it, and plain http from it (RFC 6265bis, section 4.1.3.2).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ANSWERED_WITHIN: Final = timedelta(minutes=10)
"""How long an identity provider has for its answer."""

_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """One protocol's cookie.

    Attributes:
        name: of the cookie.
        same_site: ``None`` where answers are posted by another site: then no cookie of
            SameSite=Lax is sent, the session's included.
    """

    name: str
    same_site: Literal["Lax", "None"]

    def secret_of(self, request: HttpRequest) -> str:
        """The secret that the browser shows; nothing if it shows none."""
        shown = request.COOKIES.get(self.name, "")
        return shown if _SECRET.fullmatch(shown) else ""

    def secret_for(self, request: HttpRequest) -> str:
        """The same, or a new one for a browser that has none."""
        return self.secret_of(request) or self.new_secret()

    @staticmethod
    def new_secret() -> str:
        """A secret that no browser has yet."""
        return secrets.token_urlsafe(_BYTES)

    def give(self, response: HttpResponse, secret: str) -> None:
        """Have the browser keep the secret while a sign-on is under way."""
        response.set_cookie(
            self.name,
            secret,
            max_age=ANSWERED_WITHIN,
            path="/",
            secure=True,
            httponly=True,
            samesite=self.same_site,
        )
