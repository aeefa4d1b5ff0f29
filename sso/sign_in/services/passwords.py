"""Changing one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.attempts import begin_attempt
from rbac.names import key_of
from rbac.services.users import change_password

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User


def change_own_password(user: User, *, current: str, password: str, request: HttpRequest) -> bool:
    """Set a new password if somebody shows the one of now; whether they did.

    Whoever sits down at an open browser can guess no more often than at the sign-in.

    Raises:
        TooManyAttempts: they were wrong too often.
        PasswordsBusy: too many others sign in right now; nothing was tried.
        WeakPassword: the new one is too easy to guess.
        SupportUserIsFixed: the operator's staff have none.
    """
    attempt = begin_attempt("password-change", request, account=key_of(user.username))
    attempt = attempt.at(user.pk)
    with attempt.being_made():
        right = user.check_password(current)
    if not right:
        return False
    # Counted even where the new one is refused below: the check has cost as much.
    attempt.succeed()
    change_password(user, password=password, actor=user, browser=request.session)
    return True
