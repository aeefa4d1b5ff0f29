"""Recovery codes: what somebody keeps on paper for the day on which a second factor is lost."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from iac_platform.common.access import require_recent
from rbac.services.audit import record
from sso.second_factors.models import RecoveryCode

if TYPE_CHECKING:
    from rbac.models import User

CODES = 10
_BYTES = 10
_GROUP = 4


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Make recovery codes, which are shown this once; those before work no longer.

    Raises:
        RecentAuthenticationRequired: the user must show once more who they are.
    """
    require_recent(user)
    codes = [_new_code() for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(code)) for code in codes
    )
    record("second_factor.new_recovery_codes", user, actor=user)
    return codes


@transaction.atomic
def use_recovery_code(user: User, code: str) -> bool:
    """Whether a code is one of somebody's recovery codes; it works this once."""
    used, _ = RecoveryCode.objects.filter(user=user, digest=_digest(code)).delete()
    if used:
        record("second_factor.use_recovery_code", user, actor=user)
    return bool(used)


def _new_code() -> str:
    """Such as ``k3vq-7mza-2xwd-p5rt``."""
    letters = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _digest(code: str) -> str:
    plain = "".join(code.lower().split()).replace("-", "")
    return hashlib.sha256(plain.encode()).hexdigest()
