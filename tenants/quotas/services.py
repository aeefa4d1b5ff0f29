"""Keeping to limits, however many try at once; and giving a tenant limits of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from iac_platform.common.changes import changing
from tenants.context import current_tenant
from tenants.quotas.errors import QuotaExceeded
from tenants.quotas.limits import checked_limits, limit_of
from tenants.quotas.models import UsageCounter
from tenants.quotas.periods import period_of
from tenants.quotas.permissions import OVERRIDE_QUOTAS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from iac_platform.common.audit import Actor
    from tenants.models import Tenant
    from tenants.quotas.registry import Quota

# Sets the locks of quotas apart from other advisory locks.
_LOCK_SEED = 20251125
_TAKE_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))"

# One statement compares and counts: of many at once, each sees what the others added.
# A counter that would pass the limit is left alone, and no row comes back.
# A first use beyond the limit is refused before: a row of VALUES has no WHERE.
_CONSUME = """
    INSERT INTO usage_counters AS counter (id, tenant_id, created_at, quota, period, used)
    VALUES (gen_random_uuid(), %(tenant)s::uuid, now(), %(quota)s, %(period)s, %(amount)s)
    ON CONFLICT (tenant_id, quota, period) DO UPDATE SET used = counter.used + excluded.used
     WHERE %(limit)s::bigint IS NULL OR counter.used + excluded.used <= %(limit)s::bigint
    RETURNING used
"""
_RELEASE = """
    UPDATE usage_counters SET used = greatest(0, used - %s) WHERE quota = %s AND period = ''
"""


class NotInTransaction(RuntimeError):
    """Room was asked for outside the transaction that would use it."""


def require_quota(quota: Quota, *, wanted: int = 1) -> None:
    """Go on only if the tenant may have ``wanted`` more rows of a quota counted in rows.

    Call it in the transaction that adds them, before it does. Until that transaction
    ends, others of the tenant who want room of the same quota wait, so that each counts
    what those before have added.

    Raises:
        QuotaExceeded: there would be more than the limit.
    """
    assert quota.count is not None, f"{quota} is not counted in rows"  # noqa: S101  # a mistake of ours
    tenant = current_tenant()
    limit = limit_of(tenant, quota)
    if limit is None:
        return
    _require_transaction(quota)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_TURN, [f"{tenant.pk}:{quota.name}", _LOCK_SEED])
    # A statement of its own: it must see what was committed while this one waited.
    used = quota.count()
    if used + wanted > limit:
        raise QuotaExceeded(quota, limit=limit, used=used, wanted=wanted)


def consume(quota: Quota, *, amount: int = 1, moment: datetime | None = None) -> int:
    """Use ``amount`` of a quota that a counter keeps, or nothing of it.

    Call it in the transaction of the work that it is used for, so that what is rolled
    back was never used.

    Args:
        quota: of kind tally or monthly.
        amount: how much more.
        moment: when it is used; now by default.

    Returns:
        How much is used by now.

    Raises:
        QuotaExceeded: it would be more than the limit; the counter stays as it was.
    """
    _require_transaction(quota)
    tenant = current_tenant()
    limit = limit_of(tenant, quota)
    period = period_of(quota, moment or timezone.now())
    parameters: dict[str, str | int | None] = {
        "tenant": str(tenant.pk),
        "quota": quota.name,
        "period": period,
        "amount": amount,
        "limit": limit,
    }
    if limit is None or amount <= limit:
        with connection.cursor() as cursor:
            cursor.execute(_CONSUME, parameters)
            row = cursor.fetchone()
        if row is not None:
            return int(row[0])
    assert limit is not None  # noqa: S101  # for the type checker: without one, a row comes back
    used = UsageCounter.objects.filter(quota=quota.name, period=period).values_list("used")
    raise QuotaExceeded(quota, limit=limit, used=sum(count for (count,) in used), wanted=amount)


def release(quota: Quota, *, amount: int) -> None:
    """Give back what was used of a tally, in the transaction that frees it."""
    _require_transaction(quota)
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [amount, quota.name])


def override_quotas(
    tenant: Tenant,
    *,
    overrides: Mapping[str, Any],
    actor: Actor,
    revision: int | None = None,
) -> Tenant:
    """Override a tenant's limits instead of its plan's.

    They hold for what comes: what a tenant has beyond a lowered limit, it keeps.

    Args:
        tenant: whose limits they are.
        overrides: limit by quota, None for no limit. It is the whole of them: for a quota
            that is missing, the plan's limit holds again.
        actor: the operator.
        revision: the tenant's revision that the caller has seen; None skips the comparison.

    Raises:
        InvalidLimits: a quota is not declared, or a limit is no whole number.
        NotPermitted: the actor may not override limits.
        RevisionConflict: the tenant changed since.
    """
    wanted = checked_limits(overrides, at="/overrides")
    with changing(
        tenant,
        actor=actor,
        permission=OVERRIDE_QUOTAS,
        revision=revision,
        action="tenant.override_quotas",
        describe=lambda row: {"quota_overrides": row.quota_overrides},
    ) as draft:
        draft.quota_overrides = wanted
    return draft


def _require_transaction(quota: Quota) -> None:
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{quota} must be used inside transaction.atomic().")
