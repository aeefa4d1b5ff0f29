"""Provisioning: from a tenant that was asked for to one that can be used. Runs as the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils import timezone

from iac_platform.common import audit
from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import lock
from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.common.hooks import Hooks
from tenants.context import tenant_scope
from tenants.lifecycle.services import change_status, status_once_provisioned
from tenants.models import (
    Operation,
    OperationKind,
    OperationStatus,
    Placement,
    PlacementKind,
    PlacementStatus,
    Tenant,
    TenantStatus,
)
from tenants.permissions import UPDATE_PLACEMENT
from tenants.provisioning.placements import make_placement
from tenants.provisioning.template import template_placement
from tenants.queue.requests import request_upkeep
from tenants.selectors import lock_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from iac_platform.common.audit import Actor
    from tenants.queue import Report

# Write a new tenant's first rows, in its scope and transaction; each must be idempotent.
TENANT_INITIALISERS: Hooks[Callable[[], object]] = Hooks("tenant initialiser", required=("roles",))

_PROVISIONER = SystemActor("provisioner")

log = structlog.get_logger(__name__)


class PlacementFailed(RuntimeError):
    """The tenant's placement could not be made; the text says why."""


class PlacementHasNotFailed(DomainError):
    """Only a placement that failed is made again."""

    code = "placement-has-not-failed"
    title = "The placement has not failed"
    kind = ErrorKind.CONFLICT


def make_template(progress: Callable[[str], None]) -> int:
    """Make the template if need be, before all others: they are copies of it."""
    placement = template_placement()
    return placement.status != PlacementStatus.READY and make_placement(placement, progress)


def provision(operation: Operation, report: Report) -> dict[str, Any] | None:
    """Do what a new tenant waits for: the handler of ``OperationKind.PROVISION``.

    Raises:
        PlacementFailed: the placement could not be made.
    """
    tenant = (
        Tenant.objects.select_related("placement")
        .filter(pk=operation.tenant_id, status=TenantStatus.PROVISIONING)
        .first()
    )
    if tenant is None:
        return None  # another process was faster, or the tenant is gone
    report.step("creating the schema")
    if tenant.placement.status != PlacementStatus.READY:
        make_placement(tenant.placement)
        tenant.placement.refresh_from_db()
    if tenant.placement.status != PlacementStatus.READY:
        raise PlacementFailed(tenant.placement.failure)
    report.step("writing the first rows")
    activate(tenant)
    return {"schema": tenant.schema_name}


def activate_waiting(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Activate tenants whose placement has become ready; how many.

    One that cannot be, perhaps because it is gone by now, holds up nobody else.
    """
    waiting = Tenant.objects.select_related("placement").filter(
        status=TenantStatus.PROVISIONING, placement__status=PlacementStatus.READY
    )
    return sum(_activated(tenant, progress) for tenant in waiting)


def _activated(tenant: Tenant, progress: Callable[[str], None]) -> bool:
    try:
        activate(tenant)
    except Exception as error:
        log.exception("activation_failed", tenant=str(tenant.pk))
        progress(f"tenant {tenant.slug}: not activated: {error}")
        return False
    progress(f"tenant {tenant.slug}: {tenant.status}")
    return True


@transaction.atomic
def activate(tenant: Tenant) -> None:
    """Give a tenant its first rows and open it. Idempotent."""
    with tenant_scope(tenant):
        for initialise in TENANT_INITIALISERS.all().values():
            initialise()
    fresh = lock_tenant(tenant, "placement")
    if fresh.status != TenantStatus.PROVISIONING:
        return  # Its deletion was requested meanwhile.
    change_status(fresh, status_once_provisioned(fresh), actor=_PROVISIONER)
    tenant.refresh_from_db(fields=["status", "revision", "updated_at"])
    # Whoever retries a failed placement by hand ends what failed with it.
    Operation.objects.filter(
        tenant_id=tenant.pk,
        kind=OperationKind.PROVISION,
        status__in=(OperationStatus.QUEUED, OperationStatus.FAILED),
    ).update(status=OperationStatus.DONE, failure="", finished_at=timezone.now())


@transaction.atomic
def retry_placement(placement: Placement, *, actor: Actor) -> Placement:
    """Have the provisioner make a placement that failed once more; wakes it on commit.

    Call it in the operator's scope. Tenants that wait for the placement become active
    when it is ready.

    Raises:
        NotPermitted: the actor may not have placements made.
        PlacementHasNotFailed: it is ready, waits already, or goes with its tenant.
    """
    fresh = lock(placement, actor=actor, permission=UPDATE_PLACEMENT)
    if fresh.status != PlacementStatus.FAILED:
        raise PlacementHasNotFailed(f"{fresh.schema_name} is {fresh.status}.")
    going = fresh.tenants.filter(status=TenantStatus.PENDING_DELETION)
    if fresh.kind == PlacementKind.DEDICATED and going.exists():
        raise PlacementHasNotFailed(f"{fresh.schema_name} goes with its tenant.")
    failure, fresh.status, fresh.failure = fresh.failure, PlacementStatus.PENDING, ""
    # Not save(): django-tenants' would consider the schema.
    Placement.objects.filter(pk=fresh.pk).update(status=fresh.status, failure=fresh.failure)
    audit.record("placement.retry", fresh, actor=actor, changes={"failure": [failure, ""]})
    request_upkeep()
    return fresh
