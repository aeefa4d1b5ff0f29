"""What a workload's token must say; its signature has been verified before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sso.federation.errors import quoted
from sso.oidc.protocol.id_tokens import CLOCK_SKEW, instant, subject_of
from sso.oidc.protocol.rules import OidcError, Rule
from sso.workload_identity.errors import ExchangeRefused, ExchangeRule
from sso.workload_identity.patterns import matches

if TYPE_CHECKING:
    from datetime import datetime

    from sso.oidc.protocol.documents import Document
    from sso.workload_identity.models import WorkloadIdentity

LONGEST_LIFE: Final = timedelta(hours=24)
"""Of a token that is exchanged; those of CI systems live for minutes, or as long as a job."""


def check_claims(claims: Document, identity: WorkloadIdentity, now: datetime) -> str:
    """Hold verified claims to what a workload identity trusts; the subject that they are about.

    A token may be exchanged again while it lives, so its ``jti`` is not looked at: a job that did
    not get the answer tries again, and GitHub and GitLab give a job one token for all its steps.

    Raises:
        OidcError: a rule of signed tokens is broken.
        ExchangeRefused: a condition is not met.
    """
    subject = subject_of(claims, Rule.SUBJECT)
    _check_parties(claims, identity)
    _check_times(claims, now)
    if identity.subject and not matches(identity.subject, subject):
        raise ExchangeRefused(
            ExchangeRule.SUBJECT,
            f"sub is {quoted(subject)}; {quoted(identity.subject)} is trusted.",
        )
    for name, pattern in identity.claims.items():
        _check_claim(name, pattern, claims.get(name))
    return subject


def _check_parties(claims: Document, identity: WorkloadIdentity) -> None:
    issuer, audience = claims.get("iss"), claims.get("aud")
    if issuer != identity.issuer:
        raise OidcError(Rule.ISSUER, f"iss is {quoted(issuer)}, not {quoted(identity.issuer)}.")
    # One for others as well could be shown here by them.
    if audience not in (identity.audience, [identity.audience]):
        raise OidcError(
            Rule.AUDIENCE, f"aud is {quoted(audience)}, not {quoted(identity.audience)} alone."
        )


def _check_times(claims: Document, now: datetime) -> None:
    expires = instant(claims, "exp", Rule.EXPIRED)
    issued = instant(claims, "iat", Rule.ISSUED_AT)
    if now - CLOCK_SKEW >= expires:
        raise OidcError(Rule.EXPIRED, f"exp is {quoted(claims['exp'])}; it is {now:%FT%TZ}.")
    if issued > now + CLOCK_SKEW:
        raise OidcError(Rule.ISSUED_AT, f"iat is {quoted(claims['iat'])}; it is {now:%FT%TZ}.")
    if "nbf" in claims and instant(claims, "nbf", Rule.NOT_YET_VALID) > now + CLOCK_SKEW:
        raise OidcError(Rule.NOT_YET_VALID, f"nbf is {quoted(claims['nbf'])}; it is {now:%FT%TZ}.")
    if expires - issued > LONGEST_LIFE:
        raise ExchangeRefused(
            ExchangeRule.LIFETIME,
            f"It lives for {expires - issued}; at most {LONGEST_LIFE} are accepted.",
        )


def _check_claim(name: str, pattern: str, value: object) -> None:
    text = _text_of(value)
    if text is None or not matches(pattern, text):
        raise ExchangeRefused(
            ExchangeRule.CLAIM, f"{name} is {quoted(value)}; {quoted(pattern)} is trusted."
        )


def _text_of(value: object) -> str | None:
    """A claim as conditions are compared with it; lists and objects match nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None
