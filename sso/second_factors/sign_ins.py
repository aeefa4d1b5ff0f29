"""Sign-ins in which the password was right, and a second factor is still to be shown.

They are kept in the session of the browser, which is nobody's until then. The session gets a new
secret first, so that nobody who has planted the old one goes on with it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse
from django.utils.crypto import constant_time_compare

from rbac.models import User
from sso.second_factors.selectors import factors_of

if TYPE_CHECKING:
    from django.http import HttpRequest

_KEY = "second_factor_sign_in"
VALID_SECONDS = 600


class PersonalSecondFactors:
    """What signing in asks of second factors (``sso.sign_in.second_factors``)."""

    def has_any(self, user: User) -> bool:
        """Whether somebody has set one up."""
        return factors_of(user).exists()

    def begin(self, request: HttpRequest, user: User, next_page: str) -> str:
        """Note that a browser has shown somebody's password; the page where they go on."""
        request.session.cycle_key()
        request.session[_KEY] = {
            "user": str(user.pk),
            "password": user.get_session_auth_hash(),
            "at": int(time.time()),
            "next": next_page,
        }
        return reverse("second-factor")

    def confirmation_url(self, user: User) -> str:
        """Where somebody who has signed in shows their second factor; empty without one."""
        return reverse("account-confirm-second-factor") if self.has_any(user) else ""


def pending_user(request: HttpRequest) -> User | None:
    """Whose password a browser has shown lately; nobody once that was changed or has expired."""
    pending = request.session.get(_KEY)
    if pending is None or time.time() - pending["at"] > VALID_SECONDS:
        return None
    user: User | None = User.objects.filter(pk=UUID(pending["user"]), is_active=True).first()
    if user is None:
        return None
    same = constant_time_compare(user.get_session_auth_hash(), pending["password"])
    return user if same else None


def end_pending(request: HttpRequest) -> str:
    """Forget the sign-in, which is complete or given up; the page that was asked for before it."""
    return str(request.session.pop(_KEY, {}).get("next", ""))
