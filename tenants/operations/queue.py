"""Asking for work on a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.models import Operation, OperationKind, OperationStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor
    from tenants.models import Tenant

WAKE_UP_CHANNEL = "iac_placement_pending"


class OperationInProgress(DomainError):
    """Something else is being done to the tenant."""

    code = "operation-in-progress"
    title = "The tenant is being worked on"
    kind = ErrorKind.CONFLICT


def enqueue(
    kind: OperationKind,
    tenant: Tenant,
    *,
    actor: Actor,
    parameters: Mapping[str, Any] | None = None,
) -> Operation:
    """Queue work on a tenant, in the open transaction, and wake the provisioner on commit.

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
    wake_provisioner()
    return operation


def wake_provisioner() -> None:
    """Tell the provisioner that there is something to do; delivered on commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE_UP_CHANNEL])


def is_pending(tenant: Tenant) -> bool:
    """Whether something is being done to the tenant, or is about to be."""
    return Operation.objects.filter(
        tenant_id=tenant.pk, status__in=(OperationStatus.QUEUED, OperationStatus.RUNNING)
    ).exists()
