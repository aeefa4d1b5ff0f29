"""The session that a sign-on begins, and those in which something else than one was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.db import DatabaseError, transaction
from django.utils import timezone

from iac_platform.common.errors import DomainError
from rbac.models import User
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.services.sign_on import note_session
from sso.sign_in.backends import PasswordBackend
from sso.sign_in.models import Session
from sso.sign_in.session_store import BY_PROVIDER, PROVIDER_ID, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest

    from sso.provisioning.external import Provider

# Whose users are asked for at each request: deactivated ones are nobody.
_BACKEND = f"{PasswordBackend.__module__}.{PasswordBackend.__qualname__}"


def begin_session(
    request: HttpRequest,
    user: User,
    *,
    provider: Provider,
    keep: Callable[[], None],
    store: Callable[[Session], None],
    until: datetime | None = None,
) -> None:
    """Sign somebody in: a new session, under a secret that nobody has seen before.

    Args:
        request: of their browser.
        user: who they are.
        provider: who signed them on.
        keep: locks what the sign-on was decided by, or refuses if it is not what it was.
        store: writes what the protocol keeps of the session, in its transaction.
        until: when the identity provider ends the session at the latest.

    Raises:
        DomainError: as ``keep`` refuses it, or the user was deactivated meanwhile.
    """
    key, visitor = request.session.session_key, request.user
    try:
        with transaction.atomic():
            keep_active(user)
            keep()
            note_session(user, provider)
            store(_begun(request, user, provider, until))
    except (DomainError, DatabaseError):
        # The browser keeps what it had: nothing stays of a session that was rolled back.
        request.session, request.user = type(request.session)(key), visitor
        raise


def keep_active(user: User) -> None:
    """Keep a user as they are: what deactivates them waits for the open transaction.

    Raises:
        SignOnRefused: the user was deactivated meanwhile.
    """
    people = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True)
    if people.values("pk").first() is None:
        raise SignOnRefused(Obstacle.DEACTIVATED, f"{user} is deactivated.")


def _begun(request: HttpRequest, user: User, provider: Provider, until: datetime | None) -> Session:
    # Django keeps the secret where the same user signs in again; a sign-on is a session of its own.
    request.session.flush()
    login(request, user, backend=_BACKEND)
    request.session[BY_PROVIDER] = True
    request.session[PROVIDER_ID] = str(provider.id)
    if until is not None:
        request.session.set_expiry(min(request.session.get_expiry_date(), until))
    request.session.save()
    return Session.objects.get(digest=digest_of(request.session.session_key or ""))


def active_user_of(session_id: UUID | None) -> User | None:
    """Who tests a configuration in a session; nobody once it has ended, or they are inactive."""
    rows = Session.objects.select_related("user").filter(
        pk__in=[session_id], user__is_active=True, expires_at__gt=timezone.now()
    )
    session = rows.first()
    return None if session is None else session.user


def user_id_of(session_id: UUID | None) -> UUID | None:
    """Who links an identity in a session; nobody once it has ended."""
    rows = Session.objects.filter(pk__in=[session_id], expires_at__gt=timezone.now())
    found: UUID | None = rows.values_list("user_id", flat=True).first()
    return found
