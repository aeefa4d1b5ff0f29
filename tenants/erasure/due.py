"""Which tenants' time has come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from tenants.models import Operation, OperationKind, OperationStatus, Tenant, TenantStatus
from tenants.queue import OperationInProgress, enqueue
from tenants.selectors import lock_tenant

if TYPE_CHECKING:
    from uuid import UUID

_ACTOR = SystemActor("provisioner")
# After a deletion has failed, the next is tried no sooner.
RETRY_AFTER = timedelta(minutes=10)


def enqueue_due_deletions() -> int:
    """Queue the deletion of every tenant whose grace period is over; how many. As the owner.

    A deletion that failed is queued again after a while; it goes on where it stopped.
    """
    now = timezone.now()
    resting = Operation.objects.filter(
        kind=OperationKind.DELETE,
        status=OperationStatus.FAILED,
        finished_at__gt=now - RETRY_AFTER,
    ).values("tenant_id")
    due = Tenant.objects.filter(
        status=TenantStatus.PENDING_DELETION, deletion_due_at__lte=now
    ).exclude(pk__in=resting)
    return sum(_enqueue(pk) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _enqueue(tenant_id: UUID) -> bool:
    # Read again under the lock: it may have been restored meanwhile, or erased by another process.
    try:
        tenant = lock_tenant(Tenant(pk=tenant_id), "placement")
    except Tenant.DoesNotExist:
        return False
    due = tenant.deletion_due_at
    if tenant.status != TenantStatus.PENDING_DELETION or due is None or due > timezone.now():
        return False
    try:
        enqueue(OperationKind.DELETE, tenant, actor=_ACTOR)
    except OperationInProgress:
        return False
    return True
