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
from sso.sign_in.models import Session
from sso.sign_in.session_store import digest_of

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from rbac.models import User

USE_NOTED_EVERY = timedelta(minutes=5)

_log = structlog.get_logger("sso.sign_in")


def sessions_of(user: User) -> QuerySet[Session]:
    """The open sessions of a user, the last used first."""
    return Session.objects.filter(user=user, expires_at__gt=timezone.now())


def is_current(session: Session, browser: SessionBase) -> bool:
    """Whether a session is the one of this browser."""
    key = browser.session_key
    return key is not None and session.digest == digest_of(key)


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
    if session.delete()[0] and owner is not None:  # else it has ended meanwhile
        record("session.revoke", owner, actor=actor, changes=_changes(session))


@transaction.atomic
def revoke_other_sessions(user: User, browser: SessionBase) -> int:
    """End all sessions of a user but the one of this browser; how many there were."""
    others = [each for each in sessions_of(user) if not is_current(each, browser)]
    for session in others:
        revoke_session(session, actor=user)
    return len(others)


def end_sessions(user: User) -> None:
    """End all sessions of a user whose password changed or who was deactivated.

    Called in the transaction of that change, which is on record.
    """
    Session.objects.filter(user=user).delete()


def _changes(session: Session) -> dict[str, str | None]:
    return {"device": described(session.user_agent), "address": session.address}
