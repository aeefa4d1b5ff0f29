"""Asking for work on a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.models import Operation, OperationKind, OperationStatus
from tenants.queue.jobs import add_job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor
    from tenants.models import Tenant

QUEUE = "operations"
"""The queue of work that only the owner role may do."""
RUN_OPERATION = "tenants.run_operation"
UPKEEP = "tenants.upkeep"
"""The tasks of ``tenants.tasks``, by name: what asks for work knows nothing of how it is done."""


class OperationInProgress(DomainError):
    """Something else is being done to the tenant."""

    code = "operation-in-progress"
    title = "Operation in progress"
    kind = ErrorKind.CONFLICT


def enqueue(
    kind: OperationKind,
    tenant: Tenant,
    *,
    actor: Actor,
    parameters: Mapping[str, Any] | None = None,
) -> Operation:
    """Queue work on a tenant, in the open transaction; a worker hears of it on commit.

    Call it in the operator's scope: the row may be written nowhere else.

    Raises:
        OperationInProgress: the tenant has one that is queued or running.
    """
    operation = Operation(
        kind=kind,
        tenant_id=tenant.pk,
        subject=tenant.slug,
        parameters=dict(parameters or {}),
        requested_by=actor.audit_name[:200],
        requested_by_id=actor.audit_id,
    )
    try:
        with transaction.atomic():
            operation.save(force_insert=True)
    except IntegrityError as error:
        raise OperationInProgress(
            f"Wait until the present operation on {tenant.slug} has ended, or cancel it."
        ) from error
    request_run(operation)
    return operation


def request_run(operation: Operation) -> None:
    """Have a worker do an operation that is queued; asking twice does no harm."""
    add_job(RUN_OPERATION, queue=QUEUE, operation_id=str(operation.pk))


def request_upkeep() -> None:
    """Have a worker look at once for placements to make and pools to open."""
    add_job(UPKEEP, queue=QUEUE)


def is_pending(tenant: Tenant) -> bool:
    """Whether something is being done to the tenant, or is about to be."""
    return Operation.objects.filter(
        tenant_id=tenant.pk, status__in=(OperationStatus.QUEUED, OperationStatus.RUNNING)
    ).exists()
