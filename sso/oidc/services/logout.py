"""Which sessions end when a provider says so."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from sso.federation.store import refusing_without_database
from sso.oidc.models import OidcConfiguration, OidcSession, OidcUsedToken
from sso.oidc.protocol.logout import read_logout
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.services.provider_client import ProviderClient
from sso.sign_in.models import Session
from sso.sign_in.services.sessions import end_session

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from rbac.models import User
    from sso.oidc.protocol.logout import Logout

ACTOR: Final = SystemActor("OpenID Connect logout")


def verified_logout(configuration: OidcConfiguration, token: str) -> Logout:
    """What a logout token says, verified by the provider's keys and every rule.

    Raises:
        OidcError: a rule is broken, or the keys cannot be had.
    """
    provider = ProviderClient(configuration)
    claims = provider.verify_logout_token(provider.metadata(), token)
    return read_logout(
        claims,
        issuer=configuration.issuer,
        client_id=configuration.client_id,
        now=timezone.now(),
    )


@transaction.atomic
def carry_out(configuration: OidcConfiguration, logout: Logout) -> list[User]:
    """Use a logout up, and end the sessions that it names. Returns whose they were.

    Raises:
        OidcError: it was used before.
    """
    _use(configuration, logout.token_id, until=logout.expires_at)
    rows = OidcSession.objects.filter(configuration=configuration)
    if logout.sid:
        rows = rows.filter(sid=logout.sid)
    if logout.subject:
        rows = rows.filter(subject=logout.subject)
    return _end(configuration, rows)


@transaction.atomic
def end_named_session(configuration: OidcConfiguration, sid: str) -> list[User]:
    """End the sessions that a provider calls so. Returns whose they were."""
    rows = OidcSession.objects.filter(configuration=configuration, sid=sid)
    return _end(configuration, rows)


def _end(configuration: OidcConfiguration, rows: QuerySet[OidcSession]) -> list[User]:
    # Sign-ons that are under way are waited for, or wait: they lock the configuration, too.
    locked = OidcConfiguration.objects.select_for_update(no_key=True).filter(pk=configuration.pk)
    locked.values("pk").first()
    sessions = Session.objects.filter(oidc_sessions__in=rows)
    found = list(Session.objects.filter(pk__in=sessions.locked()).select_related("user"))
    for session in found:
        end_session(session, actor=ACTOR)
    return [session.user for session in found if session.user is not None]


def _use(configuration: OidcConfiguration, token_id: str, *, until: datetime) -> None:
    """Take a token, in the open transaction: it is free again if that is rolled back."""
    digest = hashlib.sha256(f"{configuration.pk} {token_id}".encode()).hexdigest()

    def refusal() -> OidcError:
        return OidcError(Rule.STORE_UNAVAILABLE, "It cannot be known whether it was used.")

    try:
        with refusing_without_database(refusal), transaction.atomic():
            OidcUsedToken.objects.create(digest=digest, expires_at=until)
    except IntegrityError:
        raise OidcError(Rule.USED, "A logout token with this jti was used before.") from None
