"""What the gateway asks about the tenant of a request."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.utils import timezone

from iac_platform.gateway.rate_limits import RateLimit
from tenants.context import current_tenant
from tenants.quotas.errors import HOW_TO_RAISE_CALLS, CallsExhausted
from tenants.quotas.limits import limit_of
from tenants.quotas.quotas import API_CALLS

if TYPE_CHECKING:
    from iac_platform.gateway.defaults import Quota as Requests
    from iac_platform.gateway.rate_limits import Usage
    from tenants.models import Tenant

DAY_SECONDS = 86_400


def rate_limit_of(_request: object) -> RateLimit:
    """The current tenant's plan, and the calls that all its people may make in a day."""
    tenant = current_tenant()
    return RateLimit(tenant.plan.key, {API_CALLS.name: calls_quota(tenant)}, _exhausted)


def calls_quota(tenant: Tenant) -> Requests:
    """How many API calls a tenant may make in a day."""
    return {"requests": limit_of(tenant, API_CALLS), "seconds": DAY_SECONDS}


def _exhausted(usage: Usage) -> CallsExhausted:
    resets_at = timezone.now() + timedelta(seconds=usage.resets_in)
    limit = usage.quota["requests"]
    return CallsExhausted(
        f"{API_CALLS.title}: all {limit:,} {API_CALLS.unit} are used. They start anew at "
        f"{resets_at:%Y-%m-%dT%H:%M:%SZ}. {HOW_TO_RAISE_CALLS}",
        quota=API_CALLS.name,
        limit=limit,
        used=usage.used,
        resets_at=resets_at.isoformat(timespec="seconds"),
        retry_after=max(1, ceil(usage.resets_in)),
    )
