"""What operators do with work on tenants that failed or has not begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from iac_platform.common import audit
from iac_platform.common.errors import DomainError, ErrorKind
from tenants.models import Operation, OperationKind, OperationStatus
from tenants.operations.queue import OperationInProgress, wake_provisioner
from tenants.services.moves import cancel_move

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor

# From which status an operator may move an operation, and to which.
TRANSITIONS = {
    OperationStatus.QUEUED: OperationStatus.CANCELLED,
    OperationStatus.FAILED: OperationStatus.QUEUED,
}


class OperationHasMovedOn(DomainError):
    """What was asked for does not fit the operation's status."""

    code = "operation-has-moved-on"
    title = "The operation has moved on"
    kind = ErrorKind.CONFLICT


def retry_operation(operation: Operation, *, actor: Actor) -> Operation:
    """Queue an operation that failed once more.

    Raises:
        OperationHasMovedOn: it has not failed.
        OperationInProgress: the tenant has another one meanwhile.
    """
    return _move(operation, OperationStatus.FAILED, "operation.retry", actor=actor)


def cancel_operation(operation: Operation, *, actor: Actor) -> Operation:
    """Withdraw an operation that nobody has begun.

    Raises:
        OperationHasMovedOn: it runs, or has ended.
    """
    return _move(operation, OperationStatus.QUEUED, "operation.cancel", actor=actor)


@transaction.atomic
def _move(
    operation: Operation, expected: OperationStatus, action: str, *, actor: Actor
) -> Operation:
    fresh = Operation.objects.select_for_update().get(pk=operation.pk)
    if fresh.status != expected:
        raise OperationHasMovedOn(
            f"The operation is {fresh.status}; it would have to be {expected}."
        )
    if fresh.kind == OperationKind.MOVE and TRANSITIONS[expected] == OperationStatus.CANCELLED:
        cancel_move(fresh)
    fresh.status = TRANSITIONS[expected]
    fresh.attempts, fresh.failure = 0, ""
    try:
        with transaction.atomic():
            fresh.save(update_fields=["status", "attempts", "failure"])
    except IntegrityError as error:
        raise OperationInProgress("Wait until the tenant's other operation has ended.") from error
    told = {
        "kind": fresh.kind,
        "tenant": fresh.subject,
        "status": [str(expected), str(fresh.status)],
    }
    audit.record(action, fresh, actor=actor, changes=told)
    wake_provisioner()
    return fresh
