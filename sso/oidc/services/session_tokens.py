"""The tokens of a session: sealed for its row, and used by one worker at a time.

Nobody waits for a provider inside a transaction, so no lock of the database is held meanwhile:
whoever uses a refresh token claims its row for a while, and reads it fresh.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from iac_platform.common.encryption import seal, unseal
from sso.oidc.models import OidcTokens
from sso.sign_in.models import Session

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from sso.oidc.models import OidcConfiguration

CLAIMED_FOR: Final = timedelta(minutes=2)
"""Longer than a provider is waited for: a second worker never uses the same refresh token."""
_LEAST, _MOST = timedelta(minutes=5), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """What is kept.

    Attributes:
        id_token: the last one; it is shown to the provider when the person signs out.
        access_token: revoked where there is no refresh token.
        refresh_token: empty where the provider gave none.
        nonce: of the sign-on; ID tokens of refreshes may repeat it.
    """

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    nonce: str = field(repr=False)


class Claimed(NamedTuple):
    """A row that nobody else uses for a while, and what it held then."""

    row: OidcTokens
    tokens: SessionTokens


def keep_tokens(
    session: Session,
    configuration: OidcConfiguration,
    tokens: SessionTokens,
    expires_in: int | None,
) -> None:
    """Keep what a sign-on brought, in its transaction."""
    row = OidcTokens(configuration=configuration, session_id=session.pk)
    _fill(row, tokens, expires_in)
    row.save(force_insert=True)


def tokens_of(session_id: UUID) -> SessionTokens | None:
    """The tokens of a session; None if it has none."""
    row = OidcTokens.objects.filter(session_id=session_id).first()
    return None if row is None else _opened(row)


def due_tokens() -> QuerySet[OidcTokens]:
    """What a worker has to do: revoke those of ended sessions, refresh those of used ones.

    A session that was not used since its last refresh is not asked about.
    """
    used = _open_sessions().filter(last_seen_at__gt=OuterRef("refreshed_at"))
    is_refreshable = Q(refresh_at__lte=timezone.now()) & Exists(used)
    return _unclaimed().filter(~Exists(_open_sessions()) | is_refreshable)


def tokens_of_ended_sessions(configuration: OidcConfiguration) -> QuerySet[OidcTokens]:
    """What is left to revoke at one provider."""
    return _unclaimed().filter(~Exists(_open_sessions()), configuration=configuration)


def forget_tokens(configuration: OidcConfiguration) -> None:
    """Keep none any longer, in the open transaction: another provider must never be shown them."""
    OidcTokens.objects.filter(configuration=configuration).delete()


def _open_sessions() -> QuerySet[Session]:
    return Session.objects.filter(pk=OuterRef("session_id"), expires_at__gt=timezone.now())


def _unclaimed() -> QuerySet[OidcTokens]:
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=timezone.now())
    return OidcTokens.objects.filter(is_free)


@transaction.atomic
def claim(tokens_id: UUID) -> Claimed | None:
    """Have one row for oneself for a while; None where another worker was first."""
    row = due_tokens().select_for_update(skip_locked=True, of=("self",)).filter(pk=tokens_id)
    for found in row.select_related("configuration"):
        found.claimed_until = timezone.now() + CLAIMED_FOR
        found.save(update_fields=["claimed_until"])
        return Claimed(found, _opened(found))
    return None


def replace_tokens(row: OidcTokens, tokens: SessionTokens, expires_in: int | None) -> None:
    """Keep what a refresh brought, and give the row free."""
    _fill(row, tokens, expires_in)
    changed = ("tokens", "refreshed_at", "refresh_at", "claimed_until")
    OidcTokens.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in changed})


def put_off(tokens_id: UUID) -> None:
    """Give a row free, and ask for no refresh of it for some minutes."""
    rows = OidcTokens.objects.filter(pk=tokens_id)
    rows.update(claimed_until=None)
    _ask_later(rows)


def put_off_all(row: OidcTokens) -> None:
    """Give a row free, and ask its provider for no other refresh for some minutes, either."""
    put_off(row.pk)
    _ask_later(OidcTokens.objects.filter(configuration=row.configuration_id))


def _ask_later(rows: QuerySet[OidcTokens]) -> None:
    later = timezone.now() + _LEAST
    rows.filter(refresh_at__lt=later).update(refresh_at=later)


def _fill(row: OidcTokens, tokens: SessionTokens, expires_in: int | None) -> None:
    now = timezone.now()
    row.tokens = seal(json.dumps(asdict(tokens)), row=row, column="tokens")
    row.refreshed_at, row.claimed_until = now, None
    row.refresh_at = _next_refresh(now, expires_in) if tokens.refresh_token else None


def _next_refresh(now: datetime, expires_in: int | None) -> datetime:
    """When the access token ends; neither all the time nor once a day."""
    seconds = _MOST.total_seconds() if expires_in is None else expires_in
    return now + min(max(timedelta(seconds=min(seconds, 86_400)), _LEAST), _MOST)


def _opened(row: OidcTokens) -> SessionTokens:
    return SessionTokens(**json.loads(unseal(row.tokens, row=row, column="tokens")))
