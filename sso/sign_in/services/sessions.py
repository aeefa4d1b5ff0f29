"""Noting the use of sessions, and ending them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from rbac.permissions import UPDATE_USER
from rbac.policy import require_of
from rbac.services.audit import record
from sso.sign_in.browsers import described
from sso.sign_in.errors import SessionEnded
from sso.sign_in.links import providers_of_sessions
from sso.sign_in.models import MIN_IDLE_MINUTES, Session
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.session_store import digest_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from iac_platform.common.audit import Actor
    from rbac.models import User
    from sso.sign_in.models import SessionQuerySet

USE_NOTED_EVERY = timedelta(minutes=5)

_log = structlog.get_logger("sso.sign_in")


def sessions_of(user: User) -> SessionQuerySet:
    """The open sessions of a user, the last used first."""
    return Session.objects.filter(user=user, expires_at__gt=timezone.now())


def open_session(request: HttpRequest) -> Session:
    """The session of a browser whose user has signed in.

    Raises:
        SessionEnded: it has ended since the request came.
    """
    found = Session.objects.filter(digest=digest_of(request.session.session_key or "")).first()
    if found is None:
        raise SessionEnded("Your session has ended meanwhile. Sign in again.")
    return found


def is_current(session: Session, browser: SessionBase) -> bool:
    """Whether a session is the one of this browser."""
    key = browser.session_key
    return key is not None and session.digest == digest_of(key)


def is_idle(session: Session) -> bool:
    """Whether somebody's session was not used for as long as their tenant lets it live unused."""
    unused = timezone.now() - session.last_seen_at
    # The policy is read by those alone who may be idle under some.
    if session.user_id is None or unused < timedelta(minutes=MIN_IDLE_MINUTES):
        return False
    return unused > timedelta(minutes=sign_in_policy().idle_minutes)


def note_use(session: Session, address: str | None) -> None:
    """Note when and from where a session is used, once in some minutes; if it can be noted.

    It waits for nobody who holds the row, and a tenant that takes no writes for the moment
    is read from all the same.
    """
    now = timezone.now()
    if now - session.last_seen_at < USE_NOTED_EVERY and session.address == address:
        return
    free = Session.objects.select_for_update(skip_locked=True).filter(pk=session.pk)
    try:
        with transaction.atomic():
            Session.objects.filter(pk__in=free.order_by().values("pk")).update(
                last_seen_at=now, address=address
            )
    except DatabaseError:
        _log.warning("session_use_not_noted")


@transaction.atomic
def revoke_session(session: Session, *, actor: User) -> None:
    """End a session; its browser's next request is nobody's.

    Raises:
        NotPermitted: it is another's, and the actor may not change them.
    """
    if session.user_id != actor.pk:
        require_of(actor, UPDATE_USER, session.user)
    end_session(session, actor=actor)


def end_session(session: Session, *, actor: Actor) -> None:
    """End a session, in the open transaction: it is on record as the actor's doing.

    Whoever calls it has asked whether the actor may.
    """
    owner = session.user
    ended = Session.objects.filter(pk=session.pk).end()
    if ended and owner is not None:  # else it has ended meanwhile
        record("session.revoke", owner, actor=actor, changes=_changes(session))


@transaction.atomic
def revoke_sessions(user: User, *, actor: User) -> int:
    """End all sessions of a user; how many there were.

    Raises:
        NotPermitted: they are another's, and the actor may not change them.
    """
    if user.pk != actor.pk:
        require_of(actor, UPDATE_USER, user)
    rows = sessions_of(user)
    found = list(rows.filter(pk__in=rows.locked()))
    for session in found:
        end_session(session, actor=actor)
    return len(found)


@transaction.atomic
def revoke_other_sessions(user: User, browser: SessionBase) -> int:
    """End all sessions of a user but the one of this browser; how many there were."""
    others = _without(sessions_of(user), browser)
    found = list(others.filter(pk__in=others.locked()))
    for session in found:
        revoke_session(session, actor=user)
    return len(found)


@transaction.atomic
def end_sessions_of_provider(
    user: User, provider_id: UUID, *, actor: Actor, spared: SessionBase | None = None
) -> int:
    """End the sessions that an identity provider opened for somebody.

    Whoever calls it has asked whether the actor may.

    Args:
        user: whose sessions.
        provider_id: of the provider's configuration.
        actor: who asks for it.
        spared: a browser whose session goes on.

    Returns:
        How many there were.
    """
    others = _without(sessions_of(user), spared)
    found = list(others.filter(pk__in=others.locked()))
    providers = providers_of_sessions(each.pk for each in found)
    opened = {pk for pk, provider in providers.items() if provider.provider_id == provider_id}
    for session in found:
        if session.pk in opened:
            end_session(session, actor=actor)
    return len(opened)


def end_sessions(user: User, *, spared: SessionBase | None = None) -> None:
    """End all sessions of a user whose password changed or who was deactivated.

    Called in the transaction of that change, which is on record.

    Args:
        user: whose.
        spared: of the browser in which they changed it themselves.
    """
    _without(Session.objects.filter(user=user), spared).end()


def _without(sessions: SessionQuerySet, browser: SessionBase | None) -> SessionQuerySet:
    key = browser.session_key if browser is not None else None
    return sessions if key is None else sessions.exclude(digest=digest_of(key))


def _changes(session: Session) -> dict[str, str | None]:
    return {"device": described(session.user_agent), "address": session.address}
