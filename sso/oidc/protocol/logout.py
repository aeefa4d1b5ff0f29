"""Signing out at the provider, and the logout tokens that it sends (OpenID Connect's logouts)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sso.federation.errors import quoted
from sso.oidc.protocol.documents import text_of
from sso.oidc.protocol.id_tokens import CLOCK_SKEW, check_lifetime, check_parties, subject_of
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from sso.oidc.protocol.discovery import ProviderMetadata
    from sso.oidc.protocol.documents import Document

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_TYPES: Final = frozenset({None, "JWT", "logout+jwt"})
"""Providers may leave the type out (Back-Channel Logout 1.0, section 2.4); what it may not be is
that of another kind of token."""
MAX_AGE: Final = timedelta(minutes=5)
_MAX_ID: Final = 255
# Servers take some 8 KB of an address; without a hint, the provider asks who signs out.
_MAX_HINT: Final = 6_000


@dataclass(frozen=True, slots=True)
class Logout:
    """What a verified logout token says.

    Attributes:
        token_id: what tells it from all others (``jti``).
        subject: whose sessions end; empty where only one session is named.
        sid: which session ends; empty for all of the subject's.
        expires_at: when it is good no more.
    """

    token_id: str
    subject: str
    sid: str
    expires_at: datetime


def logout_url(
    provider: ProviderMetadata, *, client_id: str, id_token: str, return_uri: str, state: str
) -> str:
    """Where to send a browser that has signed out (RP-Initiated Logout 1.0, section 2).

    By GET: with a form that another site posts, browsers send no ``SameSite=Lax`` cookie, so many
    a provider would not know the session, and some take no such form at all.
    """
    hint = {"id_token_hint": id_token} if len(id_token) <= _MAX_HINT else {}
    parameters = {
        **hint,
        "client_id": client_id,
        "post_logout_redirect_uri": return_uri,
        "state": state,
    }
    start = provider.end_session_endpoint
    return f"{start}{'&' if '?' in start else '?'}{urlencode(parameters)}"


def read_logout(claims: Document, *, issuer: str, client_id: str, now: datetime) -> Logout:
    """Hold the verified claims of a logout token to every rule (section 2.6).

    Raises:
        OidcError: the first rule that is broken.
    """
    check_parties(claims, issuer, client_id)
    issued_at = check_lifetime(claims, now=now, issued_after=now - MAX_AGE)
    _check_event(claims)
    if "nonce" in claims:
        raise OidcError(Rule.LOGOUT_NONCE, "A logout token must have no nonce; this has one.")
    subject = subject_of(claims, Rule.SUBJECT) if "sub" in claims else ""
    sid = _identifier(claims, "sid") if "sid" in claims else ""
    if not subject and not sid:
        raise OidcError(Rule.SUBJECT, "The logout token names neither a subject nor a session.")
    return Logout(_identifier(claims, "jti"), subject, sid, issued_at + MAX_AGE + 2 * CLOCK_SKEW)


def _check_event(claims: Document) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise OidcError(
            Rule.LOGOUT_EVENT, f"events is {quoted(events)}; it must have a member {EVENT}."
        )


def _identifier(claims: Document, name: str) -> str:
    value = text_of(claims, name, Rule.LOGOUT_TOKEN)
    if len(value) > _MAX_ID:
        raise OidcError(Rule.LOGOUT_TOKEN, f"{name} has over {_MAX_ID} characters.")
    return value
