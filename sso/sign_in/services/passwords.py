"""Showing and changing one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.attempts import begin_attempt
from rbac.names import key_of
from rbac.services.users import change_password

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User


NOT_CURRENT = "This is not your current password."


def shows_own_password(user: User, current: str, *, request: HttpRequest) -> bool:
    """Whether somebody who has signed in knows their password.

    Whoever sits down at an open browser can guess no more often than at the sign-in.

    Raises:
        TooManyAttempts: they were wrong too often.
        PasswordsBusy: too many others sign in right now; nothing was tried.
    """
    attempt = begin_attempt("password-change", request, account=key_of(user.username))
    attempt = attempt.at(user.pk)
    with attempt.being_made():
        right: bool = user.check_password(current)
    if right:  # counted even where the change is refused: the check has cost as much
        attempt.succeed()
    return right


def change_own_password(user: User, *, current: str, password: str, request: HttpRequest) -> bool:
    """Set a new password if somebody shows the one of now; whether they did.

    Raises:
        TooManyAttempts, PasswordsBusy: see ``shows_own_password``.
        WeakPassword: the new one is too easy to guess.
        SupportUserIsFixed: the operator's staff have none.
    """
    if not shows_own_password(user, current, request=request):
        return False
    change_password(user, password=password, actor=user, browser=request.session)
    return True
