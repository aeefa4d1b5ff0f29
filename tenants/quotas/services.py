"""Keeping to limits, however many try at once; and giving a tenant limits of its own."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

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
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from iac_platform.common.audit import Actor
    from tenants.models import Tenant
    from tenants.quotas.registry import Quota

# One statement compares and counts: of many at once, each sees what the others added. A counter
# that would pass its limit is left alone, and no row comes back for it. A first use beyond the
# limit is refused before: a row of VALUES has no WHERE. The rows are locked in their order here.
_CONSUME = """
    INSERT INTO usage_counters AS counter (id, tenant_id, created_at, quota, period, used)
    VALUES {rows}
    ON CONFLICT (tenant_id, quota, period) DO UPDATE SET used = counter.used + excluded.used
     WHERE (counter.used + excluded.used <= CASE excluded.quota {limits} END) IS NOT FALSE
    RETURNING quota, used
"""
_RELEASE = """
    INSERT INTO usage_counters AS counter (id, tenant_id, created_at, quota, period, used)
    VALUES {rows}
    ON CONFLICT (tenant_id, quota, period) DO UPDATE
    SET used = greatest(0, counter.used - CASE excluded.quota {amounts} END)
    RETURNING quota, used
"""
_ROW = "(gen_random_uuid(), %s::uuid, now(), %s, %s, %s)"
_CASE = "WHEN %s THEN %s::bigint"


class NotInTransaction(RuntimeError):
    """A quota was to be used outside the transaction that would use it."""


def consume(quota: Quota, *, amount: int = 1, moment: datetime | None = None) -> int:
    """Use ``amount`` of a quota; see ``consume_all``.

    Returns:
        How much is used by now.
    """
    return consume_all({quota: amount}, moment=moment)[quota]


def consume_all(
    amounts: Mapping[Quota, int], *, moment: datetime | None = None
) -> dict[Quota, int]:
    """Use so much of several quotas, or nothing of any.

    Call it in the transaction of the work that they are used for, so that what is rolled back
    was never used, and after the rows that are counted are written: whoever holds a counter must
    not wait for a name that another deletes (``tenants.locks``). Until the transaction ends, others
    of the tenant who want to change the same counters wait.

    Args:
        amounts: how much more of each.
        moment: when it is used; now by default.

    Returns:
        How much of each is used by now.

    Raises:
        QuotaExceeded: it would be more than a limit; that counter stays as it was, and the
            transaction is to be rolled back for the others.
    """
    quotas = _in_order(amounts)
    tenant, now = current_tenant(), moment or timezone.now()
    limits = {quota.name: limit_of(tenant, quota) for quota in quotas}
    rows = [(quota.name, period_of(quota, now), amounts[quota]) for quota in quotas]
    for quota, (name, period, amount) in zip(quotas, rows, strict=True):
        if _is_beyond(limits[name], amount):
            _refuse(quota, limits[name], amount, _used(quota, period, amount))
    used = _changed(_CONSUME, rows, list(limits.items()))
    for quota, (name, period, amount) in zip(quotas, rows, strict=True):
        if name not in used:
            _refuse(quota, limits[name], amount, _used(quota, period, amount))
        if used[name] == amount:
            used[name] = _started(quota, amount)
            if _is_beyond(limits[name], used[name]):
                _refuse(quota, limits[name], amount, used[name] - amount)
    return {quota: used[quota.name] for quota in quotas}


def release(quota: Quota, *, amount: int = 1) -> None:
    """Give back ``amount`` of a quota; see ``release_all``."""
    release_all({quota: amount})


def release_all(amounts: Mapping[Quota, int]) -> None:
    """Give back what was used of several quotas, in the transaction that frees it.

    Call it once the rows that are counted are gone.
    """
    quotas = _in_order(amounts)
    rows = [(quota.name, "", 0) for quota in quotas]
    used = _changed(_RELEASE, rows, [(quota.name, amounts[quota]) for quota in quotas])
    for quota in quotas:
        if used[quota.name] == 0:
            _started(quota, 0)


def _in_order(amounts: Mapping[Quota, int]) -> list[Quota]:
    """The quotas in the one order in which their counters are locked."""
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{[*map(str, amounts)]} must be used inside transaction.atomic().")
    return sorted(amounts, key=str)


def _changed(
    statement: str, rows: Sequence[tuple[str, str, int]], cases: Sequence[tuple[str, int | None]]
) -> dict[str, int]:
    """What the counters say after a change, by the quota's name."""
    tenant_id = str(current_tenant().pk)
    case = " ".join([_CASE] * len(cases))
    text = statement.format(rows=", ".join([_ROW] * len(rows)), limits=case, amounts=case)
    parameters = [value for row in rows for value in (tenant_id, *row)]
    with connection.cursor() as cursor:
        cursor.execute(text, [*parameters, *chain.from_iterable(cases)])
        return dict(cursor.fetchall())


def _started(quota: Quota, used: int) -> int:
    """Have a counter that may have begun just now start with what there is; returns its value.

    A counter is made when it is first used, and there may have been rows before: those of a
    release that kept none, or of an archive. Whoever else changes it waits for its row, which this
    transaction holds, and adds to what is counted here.
    """
    counted = used if quota.count is None else quota.count()
    if counted > used:
        UsageCounter.objects.filter(quota=quota.name, period="").update(used=counted)
    return max(counted, used)


def _is_beyond(limit: int | None, amount: int) -> bool:
    return limit is not None and amount > limit


def _used(quota: Quota, period: str, amount: int) -> int:
    """What was used before; where nothing is counted yet, the rows are there already."""
    counters = UsageCounter.objects.filter(quota=quota.name, period=period)
    used: int | None = counters.values_list("used", flat=True).first()
    if used is None:
        return max(0, quota.count() - amount) if quota.count else 0
    return used


def _refuse(quota: Quota, limit: int | None, wanted: int, used: int) -> NoReturn:
    assert limit is not None  # noqa: S101  # for the type checker: nothing else is exceeded
    raise QuotaExceeded(quota, limit=limit, used=used, wanted=wanted)


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
