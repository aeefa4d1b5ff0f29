"""Proving once more who sits at a browser, before something that outlives its session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from sso.sign_in.errors import ReauthenticationRequired
from sso.sign_in.recent import authenticated_recently
from sso.sign_in.second_factors import SECOND_FACTORS
from sso.sign_in.selectors import signs_in_by_password
from sso.sign_in.services.passwords import NOT_CURRENT, shows_own_password
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User

FRESH_FOR = timedelta(minutes=5)


def require_reauthentication(request: HttpRequest, user: User, *, password: str) -> None:
    """Go on only with the password of who has signed in, or right after a single sign-on.

    Args:
        request: of their browser.
        user: who they are.
        password: what they have typed; it counts where they sign in by a password.

    Raises:
        ReauthenticationRequired: it is wrong, or their sign-on was too long ago.
        SessionEnded: it has ended since the request came.
        TooManyAttempts, PasswordsBusy: see ``shows_own_password``.
    """
    if SECOND_FACTORS.get().has_any(user) and not authenticated_recently(request.session):
        raise ReauthenticationRequired(
            "Confirm access with your second factor on the page /account/confirm/, and try again."
        )
    if signs_in_by_password(user):
        if not shows_own_password(user, password, request=request):
            raise ReauthenticationRequired(NOT_CURRENT)
    elif not _is_fresh(request):
        raise ReauthenticationRequired(
            "Sign out, sign in again by an identity that is linked already, "
            "and link the other one within 5 minutes."
        )


def _is_fresh(request: HttpRequest) -> bool:
    session = open_session(request)
    return session.by_provider and timezone.now() - session.created_at < FRESH_FOR
