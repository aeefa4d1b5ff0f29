"""Provisioning: from a tenant that was asked for to one that can be used. Runs as the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils import timezone

from iac_platform.common.hooks import Hooks
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.erasure import enqueue_due_deletions
from tenants.models import (
    Operation,
    OperationKind,
    OperationStatus,
    Placement,
    PlacementStatus,
    Tenant,
    TenantStatus,
)
from tenants.operations import run_queued
from tenants.provisioning.placements import make_placement
from tenants.provisioning.pools import open_ahead
from tenants.provisioning.template import template_placement
from tenants.services.lifecycle import locked, status_once_provisioned

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.operations import Report

# Write a new tenant's first rows, in its scope and transaction; each must be idempotent.
TENANT_INITIALISERS: Hooks[Callable[[], object]] = Hooks("tenant initialiser", required=("roles",))

log = structlog.get_logger(__name__)


class PlacementFailed(RuntimeError):
    """The tenant's placement could not be made; the text says why."""


def provision_pending(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Make every pending placement, and the tenants that wait for one.

    Safe to run again after an interruption at any point. What fails is marked with its
    reason and does not hold up the rest.

    Args:
        progress: receives one line for each step.

    Returns:
        How many placements were made, operations ended and tenants activated.
    """
    with as_owner():
        made = _make_template(progress)
        open_ahead()
        done = run_queued(progress, [OperationKind.PROVISION])
        pending = Placement.objects.filter(status=PlacementStatus.PENDING).order_by("pk")
        made += sum(make_placement(placement, progress) for placement in pending)
        return made + done + activate_waiting(progress)


def drain_queue(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Do all that waits for the owner: provisioning, moves, deletions whose time has come.

    Args:
        progress: receives one line for each step.

    Returns:
        How much was done; see :func:`provision_pending`.
    """
    with as_owner():
        provisioned = provision_pending(progress)
        enqueue_due_deletions()
        return provisioned + run_queued(progress)


def _make_template(progress: Callable[[str], None]) -> int:
    """The template comes first: all other placements are copies of it."""
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
    if locked(tenant).status != TenantStatus.PROVISIONING:
        return  # Its deletion was requested meanwhile.
    tenant.status = status_once_provisioned(tenant)
    tenant.save(update_fields=["status", "updated_at"])
    # Whoever retries a failed placement by hand ends what failed with it.
    Operation.objects.filter(
        tenant_id=tenant.pk,
        kind=OperationKind.PROVISION,
        status__in=(OperationStatus.QUEUED, OperationStatus.FAILED),
    ).update(status=OperationStatus.DONE, failure="", finished_at=timezone.now())
