"""Keeping writers out of a tenant while its rows change place.

The fence is a moment in the tenant's row: until then the database makes each transaction
that enters the tenant read-only (``tenants.database.entrance``). It ends by itself, so a
mover that dies leaves a tenant that can be written to again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg import errors

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.database.entrance import EXCLUSIVE_LOCK

if TYPE_CHECKING:
    from uuid import UUID

# While we wait for the lock, whoever wants to enter the tenant waits behind us, and holds one of
# the connections that all tenants share. So we wait briefly, and let them through in between.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '250ms'"
_PAUSE = 0.25
_NO_TIMEOUT = "SET LOCAL lock_timeout = 0"
_RAISE = """
    UPDATE public.tenants SET writes_fenced_until = clock_timestamp() + make_interval(secs => %s)
    WHERE id = %s
"""
_STANDS = """
    SELECT coalesce(writes_fenced_until > clock_timestamp(), false)
    FROM public.tenants WHERE id = %s
"""


class TenantStaysBusy(DomainError):
    """Somebody held the tenant open for as long as writes may be fenced off."""

    code = "tenant-stays-busy"
    title = "The tenant could not be moved in time"
    kind = ErrorKind.UNAVAILABLE


def raise_fence(tenant_id: UUID) -> None:
    """Make the tenant read-only for ``MOVE_FENCE_SECONDS`` at most; commits."""
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [settings.MOVE_FENCE_SECONDS, tenant_id])


def require_fence(tenant_id: UUID) -> None:
    """Pass while the fence stands.

    Raises:
        TenantStaysBusy: it has ended, so writers may have come in.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [tenant_id])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise TenantStaysBusy(
            f"The move did not end within {settings.MOVE_FENCE_SECONDS} seconds of refused "
            "writes, mostly because a long transaction held the tenant open. It stays where it "
            "was; ask for the move again at a quieter time."
        )


def wait_for_writers(tenant_id: UUID) -> None:
    """Return once nobody is inside who entered the tenant before the fence.

    Raises:
        TenantStaysBusy: somebody stayed until the fence ended.
    """
    with transaction.atomic():
        lock_out(tenant_id)


def lock_out(tenant_id: UUID) -> None:
    """Wait until nobody is inside, and let nobody in until the open transaction ends.

    Tries again and again, so that those who want to enter never wait long behind it.

    Raises:
        TenantStaysBusy: somebody stayed until the fence ended.
    """
    while True:
        require_fence(tenant_id)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_LOCK_TIMEOUT)
                cursor.execute(EXCLUSIVE_LOCK, [str(tenant_id)])
                cursor.execute(_NO_TIMEOUT)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable):
                raise
        else:
            return
        time.sleep(_PAUSE)
