"""The session that a sign-on begins, and what the provider calls it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sso.federation import sessions
from sso.oidc.models import OidcConfiguration, OidcSession
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.services.session_tokens import SessionTokens, keep_tokens
from sso.oidc.sign_ons.identities import provider_of
from sso.sign_in.session_store import digest_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User
    from sso.sign_in.models import Session


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A session at the provider, as a sign-on has verified it.

    Attributes:
        subject: whose it is.
        sid: what the provider calls it, where it says so; logouts name it.
        tokens: what it gave.
        expires_in: seconds that the access token is good for, where it says so.
    """

    subject: str
    sid: str
    tokens: SessionTokens
    expires_in: int | None


def begin_session(
    request: HttpRequest, user: User, configuration: OidcConfiguration, given: ProviderSession
) -> None:
    """Sign somebody in.

    Raises:
        SignOnRefused, OidcError: the user or the configuration is not what it was any more.
    """

    def store(session: Session) -> None:
        OidcSession.objects.create(
            session=session, configuration=configuration, subject=given.subject, sid=given.sid
        )
        keep_tokens(session, configuration, given.tokens, given.expires_in)

    sessions.begin_session(
        request,
        user,
        provider=provider_of(configuration),
        keep=partial(lock_unchanged, configuration),
        store=store,
    )


def session_of(request: HttpRequest) -> OidcSession | None:
    """What a provider calls the session of a browser; None if none opened it."""
    if request.session.session_key is None:
        return None
    rows = OidcSession.objects.filter(session__digest=digest_of(request.session.session_key))
    return rows.select_related("configuration").first()


def lock_unchanged(configuration: OidcConfiguration) -> None:
    """Keep it as it was when the answer was verified: what ends sessions waits for this one.

    Raises:
        OidcError: it was deleted, disabled, or trusts another provider by now.
    """
    rows = OidcConfiguration.objects.select_for_update(no_key=True)
    now = rows.filter(pk=configuration.pk, is_enabled=True).first()
    if now is None or now.trust != configuration.trust:
        raise OidcError(
            Rule.CONFIGURATION,
            "The configuration was deleted, disabled, or trusts another provider by now.",
        )
