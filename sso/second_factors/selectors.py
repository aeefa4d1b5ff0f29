"""Reading people's second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.second_factors.models import FactorKind, RecoveryCode, SecondFactor

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rbac.models import User


def factors_of(user: User) -> QuerySet[SecondFactor]:
    """The second factors that somebody has set up, the oldest first."""
    rows: QuerySet[SecondFactor] = SecondFactor.objects.filter(
        user=user, confirmed_at__isnull=False
    )
    return rows


def passkeys_of(user: User, host: str) -> QuerySet[SecondFactor]:
    """Somebody's passkeys that browsers offer at a host."""
    return factors_of(user).filter(kind=FactorKind.PASSKEY, host=host)


def app_of(user: User) -> SecondFactor | None:
    """Somebody's authenticator app."""
    return factors_of(user).filter(kind=FactorKind.APP).first()


def recovery_codes_left(user: User) -> int:
    """How many recovery codes somebody has not used."""
    return int(RecoveryCode.objects.filter(user=user).count())
