"""Exchanging a workload's token for one of the platform (RFC 8693)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import lock
from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.common.transactions import one_transaction
from rbac.errors import InvalidToken
from rbac.services.issued_tokens import issue_token
from rbac.token_limits import TokenLimits, checked_scopes
from sso.federation.errors import MessageRefused
from sso.login_events.models import WORKLOAD, Outcome
from sso.login_events.services import Login, LoginSource, record_login
from sso.workload_identity.claims import check_claims
from sso.workload_identity.errors import ExchangeRefused, ExchangeRule, IssuerUnavailable
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.services.issuers import IssuerClient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from rbac.models import ApiToken
    from sso.oidc.protocol.documents import Document

_UNKNOWN: Final = "There is no such workload identity."


@dataclass(slots=True)
class _Exchange:
    """One exchange under way: what is known of it by now, for the login log."""

    identity: WorkloadIdentity
    address: str | None
    claims: Document = field(default_factory=dict)
    subject: str = ""

    def record(self, outcome: Outcome, code: str = "", reason: str = "") -> None:
        """Write it into the login log, which shows claims only once they were verified.

        Anybody can send a token that no condition fits, so such refusals use up nothing of those
        of sign-ons.
        """
        identity = self.identity
        issued = outcome == Outcome.TOKEN_ISSUED
        login = Login(
            outcome,
            code=code,
            reason=reason,
            subject=self.subject,
            user=identity.service_account if issued else None,
            document=json.dumps(self.claims, indent=1) if self.claims else "",
            is_unsolicited=not self.subject,
        )
        source = LoginSource(WORKLOAD, identity.pk, identity.name)
        record_login(source, login, address=self.address)


def exchange_token(
    identity_id: UUID, subject_token: str, *, scopes: Sequence[str] | None, address: str | None
) -> tuple[ApiToken, str]:
    """Issue a token of the service account that a workload identity stands for.

    Call it outside of any transaction: the issuer may have to be asked for its keys.

    Args:
        identity_id: of the workload identity.
        subject_token: the workload's own, a signed JWT.
        scopes: the permissions that are wanted; None for all that there are.
        address: where it comes from.

    Returns:
        The row, and the token itself: this is the only time that it can be seen.

    Raises:
        ExchangeRefused: one text for all reasons; the login log has the reason.
        IssuerUnavailable, ProviderBusy: the issuer cannot be asked now.
    """
    rows = WorkloadIdentity.objects.select_related("service_account")
    identity = rows.filter(pk=identity_id).first()
    if identity is None:
        raise ExchangeRefused(ExchangeRule.DISABLED, _UNKNOWN)
    exchange = _Exchange(identity, address)
    try:
        token, secret = _exchanged(exchange, subject_token, scopes)
    except DomainError as refusal:
        raise _refused(exchange, refusal) from refusal
    exchange.record(Outcome.TOKEN_ISSUED)
    return token, secret


def _exchanged(
    exchange: _Exchange, subject_token: str, scopes: Sequence[str] | None
) -> tuple[ApiToken, str]:
    identity = exchange.identity
    if not identity.is_enabled:
        raise ExchangeRefused(ExchangeRule.DISABLED, "It is disabled.")
    exchange.claims = IssuerClient(identity).claims(subject_token)
    exchange.subject = check_claims(exchange.claims, identity, timezone.now())
    return issue_for(identity, exchange.subject, _narrowed(identity, scopes))


def _narrowed(identity: WorkloadIdentity, scopes: Sequence[str] | None) -> Sequence[str] | None:
    """What a token is limited to, of which somebody may want less.

    Raises:
        ExchangeRefused: they want more.
    """
    if scopes is None:
        return identity.scopes
    try:
        wanted = TokenLimits(scopes=tuple(checked_scopes(scopes) or ()))
    except InvalidToken as refusal:
        raise ExchangeRefused(ExchangeRule.SCOPE, refusal.detail) from refusal
    outer = TokenLimits(scopes=None if identity.scopes is None else tuple(identity.scopes))
    beyond = wanted.beyond(outer)
    if beyond:
        raise ExchangeRefused(ExchangeRule.SCOPE, " ".join(beyond))
    return wanted.scopes


@one_transaction()
def issue_for(
    identity: WorkloadIdentity, subject: str, scopes: Sequence[str] | None
) -> tuple[ApiToken, str]:
    """Issue the token, unless the identity was changed or deleted while its issuer was asked."""
    actor = SystemActor(f"workload identity {identity.name}")
    fresh = lock(identity, actor=actor, permission=None, revision=identity.revision)
    return issue_token(
        fresh.service_account,
        name=f"{fresh.name}: {subject}",
        issued_by=fresh.pk,
        lifetime=timedelta(seconds=fresh.token_lifetime_seconds),
        scopes=scopes,
        actor=actor,
    )


def _refused(exchange: _Exchange, refusal: DomainError) -> DomainError:
    """Write down why; what whoever sent the token is told."""
    if isinstance(refusal, MessageRefused | ExchangeRefused):
        exchange.record(Outcome.REFUSED, refusal.rule, refusal.reason)
        if isinstance(refusal, MessageRefused) and refusal.is_temporary:
            return IssuerUnavailable()
        return ExchangeRefused(refusal.rule, refusal.reason)
    exchange.record(Outcome.REFUSED, refusal.code, refusal.detail)
    if refusal.kind in (ErrorKind.EXHAUSTED, ErrorKind.UNAVAILABLE):
        return refusal
    return ExchangeRefused(ExchangeRule.NOT_ISSUED, refusal.detail)
