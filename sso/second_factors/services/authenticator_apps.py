"""Authenticator apps: one-time passwords that follow from a shared key and the time (RFC 6238)."""

from __future__ import annotations

import hmac
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from iac_platform.common.encryption import seal, unseal
from sso.second_factors.errors import InvalidSecondFactor
from sso.second_factors.models import FactorKind, SecondFactor
from sso.second_factors.services.factors import confirm, note_use

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet
    from pyotp import TOTP

    from rbac.models import User

_STEP_SECONDS = 30
# Clocks differ, and people type: the code before and the one after are taken as well.
_STEPS_BESIDE = 1
_ISSUER_LENGTH = 60
# How long a key waits for its first code.
_SETUP_TIME = timedelta(hours=1)


@transaction.atomic
def begin_app(user: User) -> SecondFactor:
    """Make the key of an authenticator app, which counts once a code of it was shown.

    Each browser has a key of its own: whoever else sets one up learns nothing of it.
    """
    import pyotp  # noqa: PLC0415  # loaded by whoever sets one up

    _unconfirmed(user).filter(created_at__lt=timezone.now() - _SETUP_TIME).delete()
    factor = SecondFactor(user=user, kind=FactorKind.APP, name=FactorKind.APP.label)
    factor.secret = seal(pyotp.random_base32(), row=factor, column="secret")
    factor.save(force_insert=True)
    return factor


def pending_app(user: User, pk: UUID | None) -> SecondFactor | None:
    """The app of a key that this browser was shown, and that waits for its first code."""
    return _unconfirmed(user).filter(pk=pk).first() if pk is not None else None


def setup_key(factor: SecondFactor) -> str:
    """The key that is typed into an app, in Base32."""
    return unseal(factor.secret, row=factor, column="secret")


def setup_uri(factor: SecondFactor, *, issuer: str) -> str:
    """What the QR code says, by which apps take a key over."""
    uri: str = _codes_of(factor).provisioning_uri(
        name=factor.user.username, issuer_name=issuer[:_ISSUER_LENGTH]
    )
    return uri


@transaction.atomic
def confirm_app(
    factor: SecondFactor,
    code: str,
    *,
    browser: SessionBase | None = None,
    is_first: bool = False,
) -> None:
    """Have a new app count, as it shows the right code; it replaces the one before.

    Args:
        factor: the one that waits.
        code: what the app shows.
        browser: whose session goes on.
        is_first: whether it must be its owner's first second factor.

    Raises:
        InvalidSecondFactor: the code is wrong, or it waits no longer.
        RecentAuthenticationRequired, TooManySecondFactors, SecondFactorExists: see ``confirm``.
    """
    fresh = _unconfirmed(factor.user).select_for_update().filter(pk=factor.pk).first()
    step = _step_of(fresh, code) if fresh is not None else None
    if step is None:
        raise InvalidSecondFactor.at(
            "code", "This is not the code that the app shows now. Check the clock of your device."
        )
    factor.counter = step
    confirm(factor, browser=browser, is_first=is_first, replaces=_confirmed(factor.user))


@transaction.atomic
def shows_code(user: User, code: str) -> bool:
    """Whether a code is one of somebody's app, taken for the first time."""
    factor = _confirmed(user).select_for_update().first()
    if factor is None:
        return False
    step = _step_of(factor, code)
    if step is None:
        return False
    note_use(factor, step)
    return True


def _step_of(factor: SecondFactor, code: str) -> int | None:
    """The time step of a code that may be taken now; None for any other."""
    codes, now = _codes_of(factor), int(time.time()) // _STEP_SECONDS
    found = None
    for step in range(now - _STEPS_BESIDE, now + _STEPS_BESIDE + 1):
        # Each is compared, so that the time tells nothing.
        if hmac.compare_digest(codes.generate_otp(step).encode(), code.encode()):
            found = step
    return found if found is not None and found > factor.counter else None


def _codes_of(factor: SecondFactor) -> TOTP:
    import pyotp  # noqa: PLC0415  # likewise

    return pyotp.TOTP(setup_key(factor), interval=_STEP_SECONDS)


def _unconfirmed(user: User) -> QuerySet[SecondFactor]:
    rows: QuerySet[SecondFactor] = SecondFactor.objects.filter(
        user=user, kind=FactorKind.APP, confirmed_at=None
    )
    return rows


def _confirmed(user: User) -> QuerySet[SecondFactor]:
    rows: QuerySet[SecondFactor] = SecondFactor.objects.filter(
        user=user, kind=FactorKind.APP, confirmed_at__isnull=False
    )
    return rows
