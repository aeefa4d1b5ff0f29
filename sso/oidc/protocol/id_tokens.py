"""What an ID token must say (OpenID Connect Core, sections 2 and 3.1.3.7): a rule each."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sso.federation.errors import quoted
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.providers import vendor_of_issuer

if TYPE_CHECKING:
    from sso.oidc.protocol.algorithms import Algorithm
    from sso.oidc.protocol.documents import Document

CLOCK_SKEW: Final = timedelta(seconds=60)
MAX_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token is compared with.

    Attributes:
        issuer: the configured one.
        client_id: for whom it must be.
        nonce: of the request.
        access_token: that came with it.
        algorithm: that it was signed by.
        requested_at: when the request was made.
        now: the time.
        hosted_domain: the Google Workspace whose people alone are let in; empty for all.
        requires_fresh_login: whether the person had to prove who they are for this request.
    """

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    algorithm: Algorithm
    requested_at: datetime
    now: datetime
    hosted_domain: str = ""
    requires_fresh_login: bool = False


def check_claims(claims: Document, expected: Expected) -> str:
    """Hold the verified claims to every rule; the subject that they are about.

    Raises:
        OidcError: the first rule that is broken.
    """
    check_parties(claims, expected.issuer, expected.client_id)
    subject = subject_of(claims, Rule.SUBJECT)
    _check_times(claims, expected)
    _check_nonce(claims, expected.nonce)
    _check_access_token_hash(claims, expected)
    _check_organisation(claims, expected)
    return subject


def check_refreshed_claims(claims: Document, expected: Expected, *, subject: str) -> None:
    """Hold the claims of an ID token that a refresh brought to every rule (section 12.2).

    Args:
        claims: verified.
        expected: whose nonce is that of the sign-on; the token need not repeat it.
        subject: of the sign-on.

    Raises:
        OidcError: the first rule that is broken.
    """
    check_parties(claims, expected.issuer, expected.client_id)
    if claims.get("sub") != subject:
        raise OidcError(
            Rule.SUBJECT, f"sub is {quoted(claims.get('sub'))}; {quoted(subject)} signed on."
        )
    _check_times(claims, expected)
    if "nonce" in claims:
        _check_nonce(claims, expected.nonce)
    _check_access_token_hash(claims, expected)
    _check_organisation(claims, expected)


def _check_organisation(claims: Document, expected: Expected) -> None:
    vendor_of_issuer(expected.issuer).check_organisation(
        claims, issuer=expected.issuer, hosted_domain=expected.hosted_domain
    )


def claims_of(id_token: str) -> Document:
    """The claims of a token that was verified when it came; nothing is verified here."""
    payload = id_token.split(".")[1]
    claims: Document = json.loads(urlsafe_b64decode(f"{payload}=="))
    return claims


def subject_of(claims: Document, rule: Rule) -> str:
    """Whom claims are about: up to 255 characters of ASCII (section 2)."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT:
        raise OidcError(rule, f"sub is {quoted(subject)}, not 1 to {MAX_SUBJECT} characters.")
    if not subject.isascii() or not subject.isprintable():
        raise OidcError(rule, f"sub is {quoted(subject)}, not in printable ASCII.")
    return subject


def check_parties(claims: Document, issuer: str, client_id: str) -> None:
    """Who says it, and to whom: nobody else is trusted with it, so to this client alone.

    Raises:
        OidcError: another issuer, audience or authorized party.
    """
    if claims.get("iss") != issuer:
        raise OidcError(Rule.ISSUER, f"iss is {quoted(claims.get('iss'))}, not {quoted(issuer)}.")
    audience = claims.get("aud")
    if audience not in (client_id, [client_id]):
        raise OidcError(Rule.AUDIENCE, f"aud is {quoted(audience)}, not {quoted(client_id)} alone.")
    if claims.get("azp", client_id) != client_id:
        raise OidcError(
            Rule.AUTHORIZED_PARTY, f"azp is {quoted(claims['azp'])}, not {quoted(client_id)}."
        )


def _check_times(claims: Document, expected: Expected) -> None:
    if "exp" not in claims:
        raise OidcError(Rule.EXPIRED, "exp is nothing, not a number of seconds.")
    check_lifetime(claims, now=expected.now, issued_after=expected.requested_at)
    _check_authentication_time(claims, expected)


def check_lifetime(claims: Document, *, now: datetime, issued_after: datetime) -> datetime:
    """Hold ``exp``, ``iat`` and ``nbf`` to the time. Returns when the token was issued.

    Raises:
        OidcError: it has expired, is not valid yet, or was issued at another time.
    """
    if "exp" in claims and now - CLOCK_SKEW >= instant(claims, "exp", Rule.EXPIRED):
        raise OidcError(Rule.EXPIRED, f"exp is {quoted(claims['exp'])}; it is {now:%FT%TZ}.")
    issued = instant(claims, "iat", Rule.ISSUED_AT)
    if not issued_after - CLOCK_SKEW <= issued <= now + CLOCK_SKEW:
        raise OidcError(
            Rule.ISSUED_AT,
            f"iat is {quoted(claims['iat'])}; it must be after {issued_after:%FT%TZ}, and it is "
            f"{now:%FT%TZ}.",
        )
    if "nbf" in claims and now + CLOCK_SKEW < instant(claims, "nbf", Rule.NOT_YET_VALID):
        raise OidcError(Rule.NOT_YET_VALID, f"nbf is {quoted(claims['nbf'])}; it is {now:%FT%TZ}.")
    return issued


def _check_authentication_time(claims: Document, expected: Expected) -> None:
    """Where somebody had to prove who they are, an earlier proof does not count.

    That was asked for through the browser, so the token must say when it was: whoever sits there
    could have taken it out of the request. Some never say it.
    """
    vendor = vendor_of_issuer(expected.issuer)
    is_silent = "auth_time" not in claims and not vendor.sends_auth_time
    if is_silent or not expected.requires_fresh_login:
        return
    proved = instant(claims, "auth_time", Rule.AUTHENTICATION_TIME)
    if proved < expected.requested_at - CLOCK_SKEW:
        raise OidcError(
            Rule.AUTHENTICATION_TIME,
            f"auth_time is {quoted(claims['auth_time'])}, before {expected.requested_at:%FT%TZ}.",
        )


def _check_nonce(claims: Document, nonce: str) -> None:
    if not _equal(claims.get("nonce"), nonce):
        raise OidcError(Rule.NONCE, "nonce is not that of the request of this browser.")


def _check_access_token_hash(claims: Document, expected: Expected) -> None:
    hashed = _access_token_hash(expected.access_token, expected.algorithm)
    if "at_hash" in claims and not _equal(claims["at_hash"], hashed):
        raise OidcError(Rule.ACCESS_TOKEN_HASH, "at_hash is not that of the access token.")


def instant(claims: Document, name: str, rule: Rule) -> datetime:
    """A time that must be there, in seconds since 1970 (RFC 7519, section 2)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OidcError(rule, f"{name} is {quoted(value)}, not a number of seconds.")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise OidcError(rule, f"{name} is {quoted(value)}, which is no time.") from None


def _access_token_hash(token: str, algorithm: Algorithm) -> str:
    """The left half of a token's hash (section 3.1.3.6)."""
    digest = hashlib.new(algorithm.hash_name, token.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _equal(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
