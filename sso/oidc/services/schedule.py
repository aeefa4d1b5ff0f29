"""Which tenants have tokens to refresh or to revoke: each is a job of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from sso.oidc.services.session_tokens import due_tokens
from tenants.context import tenant_scope
from tenants.fleet.reading import read_everywhere
from tenants.models import TenantStatus
from tenants.queue.jobs import add_job
from tenants.queue.requests import QUEUE
from tenants.selectors import tenant_by_id

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from sso.oidc.models import OidcTokens

WORK_OFF_TENANT: Final = "oidc.refresh_sessions"
_BEHIND_OTHERS: Final = -5


def queue_tenants() -> int:
    """Add a job for each tenant with tokens that are due. Returns how many there are."""
    queued = 0
    for tenant_id in read_everywhere(_tenants_with_due):
        tenant = tenant_by_id(tenant_id)
        if tenant is not None and tenant.status == TenantStatus.ACTIVE:
            with tenant_scope(tenant):
                queue_tenant(tenant_id)
            queued += 1
    return queued


@transaction.atomic
def queue_tenant(tenant_id: UUID) -> None:
    """Add the job of the current tenant, unless it waits already."""
    add_job(
        WORK_OFF_TENANT,
        queue=QUEUE,
        priority=_BEHIND_OTHERS,
        queueing_lock=f"{WORK_OFF_TENANT}:{tenant_id}",
    )


def _tenants_with_due() -> QuerySet[OidcTokens, UUID]:
    return due_tokens().order_by().values_list("tenant_id", flat=True).distinct()
