"""Reading what a tenant uses of its quotas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from iac_platform.cache import CacheUnavailable
from iac_platform.gateway.rate_limits import tenant_usage
from tenants.context import tenant_scope
from tenants.errors import TenantNotReady
from tenants.models import PlacementStatus
from tenants.quotas.call_limits import calls_quota
from tenants.quotas.limits import limit_of
from tenants.quotas.models import UsageCounter
from tenants.quotas.periods import next_month, period_of
from tenants.quotas.registry import Kind, declared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from tenants.models import Tenant
    from tenants.quotas.registry import Quota


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """How a tenant stands with one quota.

    Attributes:
        quota: which.
        limit: how much it may use; None for no limit.
        used: how much it uses; None when that is not known just now.
        overridden: whether the limit is the tenant's own instead of its plan's.
        resets_at: when a quota of a period starts anew.
    """

    quota: Quota
    limit: int | None
    used: int | None
    overridden: bool
    resets_at: datetime | None = None

    @property
    def remaining(self) -> int | None:
        """How much is left; None without a limit or when the use is not known."""
        if self.limit is None or self.used is None:
            return None
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class UsageReport:
    """How a tenant stands with all of its quotas."""

    tenant: Tenant
    quotas: list[QuotaUsage]

    @property
    def pk(self) -> UUID:
        """Whose limits an override changes."""
        return self.tenant.pk

    @property
    def revision(self) -> int:
        """What an override is based on: the tenant's."""
        return self.tenant.revision


def usage_of(tenant: Tenant, *, moment: datetime | None = None) -> UsageReport:
    """How a tenant stands with each quota at a moment, now by default; sorted by title.

    Raises:
        TenantNotReady: its placement is still being made.
    """
    if tenant.placement.status != PlacementStatus.READY:
        raise TenantNotReady("The tenant is being provisioned, so it uses nothing yet.")
    now = moment or timezone.now()
    with tenant_scope(tenant):
        counters = _counters(now)
        found = [_usage(tenant, quota, counters, now) for quota in declared()]
    return UsageReport(tenant, sorted(found, key=lambda usage: usage.quota.title))


def _counters(now: datetime) -> Mapping[tuple[str, str], int]:
    periods = {period_of(quota, now) for quota in declared()}
    rows = UsageCounter.objects.filter(period__in=periods)
    return {(quota, period): used for quota, period, used in rows.values_list(*_COLUMNS)}


_COLUMNS = ("quota", "period", "used")


def _usage(
    tenant: Tenant, quota: Quota, counters: Mapping[tuple[str, str], int], now: datetime
) -> QuotaUsage:
    used: int | None
    resets_at = None
    if quota.kind is Kind.REQUESTS:
        used, resets_at = _calls(tenant, quota, now)
    else:
        used = counters.get((quota.name, period_of(quota, now)))
        if used is None:  # never changed so far
            used = quota.count() if quota.count else 0
        resets_at = next_month(now) if quota.kind is Kind.MONTHLY else None
    overridden = quota.name in tenant.quota_overrides
    return QuotaUsage(quota, limit_of(tenant, quota), used, overridden, resets_at)


def _calls(tenant: Tenant, quota: Quota, now: datetime) -> tuple[int | None, datetime | None]:
    try:
        usage = tenant_usage(quota.name, calls_quota(tenant))
    except CacheUnavailable:
        return None, None
    resets_at = now + timedelta(seconds=round(usage.resets_in)) if usage.used else None
    return usage.used, resets_at
