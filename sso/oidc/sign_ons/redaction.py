"""What the login log keeps of an answer: enough to set a provider up, and nothing to use again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sso.oidc.protocol.documents import Document

LEFT_OUT: Final = "[left out]"
# What may stay is named, as providers may say anything of people else.
_KEPT: Final = frozenset(
    {
        *("iss", "sub", "aud", "azp", "exp", "iat", "nbf", "auth_time", "acr", "amr"),
        *("tid", "hd", "email_verified"),
    }
)


def redact(claims: Document, userinfo: Document, mapped: Iterable[str]) -> str:
    """The claims of an ID token and those beside it, as JSON.

    Args:
        claims: whose signature was verified.
        userinfo: whose subject was.
        mapped: the names of the claims that mean something here; of others only the name is kept.
    """
    kept = _KEPT | frozenset(mapped)
    shown = {"id_token": _redacted(claims, kept), "userinfo": _redacted(userinfo, kept)}
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _redacted(claims: Document, kept: frozenset[str]) -> dict[str, Any]:
    return {name: value if name in kept else LEFT_OUT for name, value in claims.items()}
