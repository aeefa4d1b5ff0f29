"""Asking providers whether sessions may go on, by refresh tokens; and revoking what is over.

Workers do it: no request of a browser waits for a provider here. While a provider cannot be
asked, sessions go on until their own limits.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from sso.federation.refusals import code_of, reason_of
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.oidc import selectors
from sso.oidc.models import OidcSession, OidcTokens
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.id_tokens import Expected, check_refreshed_claims, claims_of
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.protocol.tokens import INVALID_CLIENT, INVALID_GRANT, TokenError
from sso.oidc.protocol.userinfo import attributes_of
from sso.oidc.services.provider_client import ProviderClient
from sso.oidc.services.session_tokens import (
    Claimed,
    SessionTokens,
    claim,
    due_tokens,
    put_off,
    put_off_all,
    replace_tokens,
    tokens_of_ended_sessions,
)
from sso.oidc.sign_ons.identities import external_identity, provider_of
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.selectors import mapping_of
from sso.provisioning.services.sign_on import end_sessions_without_group, sign_on
from sso.sign_in.services.sessions import end_session
from tenants.context import tenant_scope

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from rbac.models import User
    from sso.oidc.models import OidcConfiguration
    from sso.oidc.protocol.discovery import ProviderMetadata
    from sso.oidc.protocol.documents import Document
    from sso.oidc.protocol.requests import Client
    from sso.oidc.protocol.tokens import Tokens
    from sso.provisioning.external import ExternalIdentity
    from tenants.models import Tenant

ACTOR: Final = SystemActor("OpenID Connect")
BATCH: Final = 200
SECONDS: Final = 60.0
"""What one job takes at most, and one more answer: a slow provider keeps no worker for long."""
# What holds for everybody at the provider, and may be otherwise in a while.
_OF_PROVIDER: Final = {
    *(Rule.UNREACHABLE, Rule.DISCOVERY, Rule.DISCOVERY_ISSUER, Rule.KEYS, Rule.CLIENT_SECRET)
}
# What does not end a session either, and may concern one person alone.
_OF_ANSWER: Final = {
    *(Rule.TOKEN_ERROR, Rule.TOKEN_RESPONSE, Rule.USERINFO, Rule.STORE_UNAVAILABLE)
}
_log = structlog.get_logger("sso.oidc")


class _Refresh:
    """One session on its way through a refresh."""

    def __init__(self, session: OidcSession, claimed: Claimed) -> None:
        self.session = session
        self.row, self._tokens = claimed
        self._configuration = session.configuration
        self._provider = ProviderClient(self._configuration)

    def run(self) -> None:
        """Refresh the tokens, and apply what the provider says of the person by now.

        Raises:
            DomainError: it cannot be asked, or the session may not go on.
        """
        requested_at = timezone.now()
        metadata = self._provider.metadata()
        client = selectors.client(self._configuration)
        brought = self._provider.refresh(metadata, client, self._tokens.refresh_token)
        # At once: whatever comes now, the one before is of no use any more.
        self._keep(brought)
        self._apply(self._verify(metadata, brought, requested_at))

    def _keep(self, brought: Tokens) -> None:
        before = self._tokens
        self._tokens = SessionTokens(
            id_token=brought.id_token or before.id_token,
            access_token=brought.access_token,
            refresh_token=brought.refresh_token or before.refresh_token,
            nonce=before.nonce,
        )
        replace_tokens(self.row, self._tokens, brought.expires_in)

    def _verify(
        self, metadata: ProviderMetadata, brought: Tokens, requested_at: datetime
    ) -> ExternalIdentity:
        subject = self.session.subject
        if brought.id_token:
            claims = self._provider.verify_id_token(metadata, brought.id_token)
            expected = self._expected(brought.access_token, requested_at)
            check_refreshed_claims(claims, expected, subject=subject)
        userinfo = self._provider.fetch_userinfo(metadata, brought.access_token, subject)
        if brought.id_token:
            attributes = attributes_of(claims, userinfo)
            return external_identity(self._configuration, subject, attributes)
        attributes = attributes_of(userinfo, self._claims_before())
        external = external_identity(self._configuration, subject, attributes)
        return replace(external, may_omit_groups=True)

    def _claims_before(self) -> Document:
        """What an earlier ID token said, but for the groups: they may have been taken since."""
        groups = mapping_of(provider_of(self._configuration)).groups_attribute
        claims = claims_of(self._tokens.id_token)
        return {name: value for name, value in claims.items() if name != groups}

    def _expected(self, access_token: str, requested_at: datetime) -> Expected:
        return Expected(
            issuer=self._configuration.issuer,
            client_id=self._configuration.client_id,
            nonce=self._tokens.nonce,
            access_token=access_token,
            algorithm=Algorithm(self._configuration.signing_algorithm),
            requested_at=requested_at,
            now=timezone.now(),
            hosted_domain=self._configuration.hosted_domain,
        )

    def _apply(self, external: ExternalIdentity) -> None:
        """Update the user and their groups, as a sign-on does."""
        try:
            with transaction.atomic():
                self._require_same_user(sign_on(external).user)
        except SignOnRefused as refusal:
            end_sessions_without_group(external, refusal)
            raise

    def _require_same_user(self, user: User) -> None:
        if user.pk != self.session.session.user_id:
            raise SignOnRefused(Obstacle.UNKNOWN, "The identity is another user's by now.")


def work_off(tenant: Tenant) -> bool:
    """Refresh and revoke what is due of a tenant. Returns whether more may be left."""
    end = time.monotonic() + SECONDS
    with tenant_scope(tenant):
        due = due_tokens().order_by("refresh_at", "pk")
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        for each in ids:
            if time.monotonic() > end:
                return True
            _work_off_or_put_off(each)
    return len(ids) == BATCH


def _work_off_or_put_off(tokens_id: UUID) -> None:
    """One row that fails in a way that nobody foresaw does not keep the others waiting."""
    try:
        work_off_one(tokens_id)
    except Exception:  # noqa: BLE001  # whatever it is, it is logged
        _log.exception("oidc_tokens_failed", tokens=str(tokens_id))
        put_off(tokens_id)


def work_off_one(tokens_id: UUID) -> None:
    """Refresh the tokens of an open session, or revoke those of one that has ended."""
    claimed = claim(tokens_id)
    if claimed is None:
        return
    sessions = OidcSession.objects.select_related("session__user", "configuration")
    session = sessions.filter(
        session=claimed.row.session_id, session__expires_at__gt=timezone.now()
    ).first()
    if session is None:
        _revoke(claimed)
    else:
        _refresh(_Refresh(session, claimed))


def _refresh(refresh: _Refresh) -> None:
    session = refresh.session
    try:
        refresh.run()
    except DomainError as refusal:
        if _ends(refusal):
            _end(session, refusal)
            return
        if _concerns_all(refusal):
            put_off_all(refresh.row)
        else:
            put_off(refresh.row.pk)
        _log.warning(
            "oidc_refresh_put_off",
            configuration=str(session.configuration_id),
            code=code_of(refusal),
        )


def _ends(refusal: DomainError) -> bool:
    """Whether a session may not go on, by what the provider says or by what is true here."""
    if isinstance(refusal, TokenError):
        return refusal.error == INVALID_GRANT
    if isinstance(refusal, OidcError):
        return refusal.rule not in _OF_PROVIDER | _OF_ANSWER
    return isinstance(refusal, SignOnRefused)


def _concerns_all(refusal: DomainError) -> bool:
    """Whether the others of the provider would fare no better, by what it says of the client."""
    if isinstance(refusal, TokenError):
        return refusal.error == INVALID_CLIENT
    return isinstance(refusal, OidcError) and refusal.rule in _OF_PROVIDER


def _end(session: OidcSession, refusal: DomainError) -> None:
    """End a session; its tokens are revoked with those of all others that have ended."""
    with transaction.atomic():
        end_session(session.session, actor=ACTOR)
    login = Login(
        Outcome.SIGNED_OUT,
        code=code_of(refusal),
        reason=reason_of(refusal),
        subject=session.subject,
        user=session.session.user,
    )
    record_login(provider_of(session.configuration), login, address=None)


def _revoke(claimed: Claimed) -> None:
    """Revoke the tokens of a session that has ended, once; here they are forgotten in any case.

    Of a provider that cannot be asked, all that wait are: signing out is no reason to wait for it.
    """
    row, tokens = claimed
    try:
        _revoke_at(row.configuration, tokens)
    except OidcError as refusal:
        _log.info("oidc_tokens_not_revoked", configuration=str(row.configuration_id))
        if refusal.is_temporary:
            tokens_of_ended_sessions(row.configuration).delete()
    OidcTokens.objects.filter(pk=row.pk).delete()


def _revoke_at(configuration: OidcConfiguration, tokens: SessionTokens) -> None:
    provider = ProviderClient(configuration)
    client: Client = selectors.client(configuration)
    provider.revoke(provider.metadata(), client, tokens.refresh_token or tokens.access_token)
