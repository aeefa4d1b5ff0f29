"""Showing a second factor: counted before it is looked at, like a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from rbac.attempts import begin_attempt
from rbac.services.audit import Subject
from rbac.services.denials import record_sparingly
from sso.second_factors.models import FactorKind
from sso.second_factors.services.authenticator_apps import shows_code
from sso.second_factors.services.passkeys import shows_passkey
from sso.second_factors.services.recovery_codes import use_recovery_code
from sso.sign_in.devices import known_device

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User

SIGN_IN, CONFIRMATION = "second-factor", "second-factor-confirmation"
"""What tries are counted as: those at a sign-in keep nobody from confirming access."""
FAILED = "access.second_factor_failed"
# Wrong codes at one account, from all networks together: whoever tries them knows the password.
CODES_AT_ACCOUNT = 10
LONGEST_CODE = 40
_DIGITS_OF_APP = 6


def shown_factor(
    request: HttpRequest, user: User, *, code: str = "", passkey: str = ""
) -> FactorKind | None:
    """Which second factor somebody has shown; None if it is not theirs.

    Args:
        request: of their browser.
        user: whose it has to be.
        code: of an authenticator app, or a recovery code.
        passkey: what the browser answers to ``authentication_options``.

    Raises:
        TooManyAttempts: there were too many before; this one was not looked at.
    """
    of_app = _is_of_app(code) and not passkey
    attempt = begin_attempt(
        CONFIRMATION if request.user == user else SIGN_IN,
        request,
        account=user.username_key,
        device=known_device(request, user.username_key),
        # Recovery codes and passkeys cannot be guessed: nobody keeps the owner from using them.
        everywhere=CODES_AT_ACCOUNT if of_app else None,
    ).at(user.pk)
    kind = _shown(request, user, code, passkey)
    if kind is None:
        subject = Subject("rbac.user", str(user.pk), user.username)
        record_sparingly(FAILED, subject, user, {"kind": "passkey" if passkey else "code"})
        return None
    attempt.succeed()
    return kind


def _is_of_app(code: str) -> bool:
    plain = "".join(code.split())
    return len(plain) == _DIGITS_OF_APP and plain.isdecimal()


@transaction.atomic
def _shown(request: HttpRequest, user: User, code: str, passkey: str) -> FactorKind | None:
    if passkey:
        return FactorKind.PASSKEY if shows_passkey(request, user, passkey) else None
    if _is_of_app(code):
        return FactorKind.APP if shows_code(user, "".join(code.split())) else None
    return FactorKind.RECOVERY_CODE if use_recovery_code(user, code) else None
