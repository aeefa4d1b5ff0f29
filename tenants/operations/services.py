"""What operators do with work on tenants that failed or has not begun."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from iac_platform.common import audit
from iac_platform.common.access import access_policy
from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import lock
from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.common.hooks import Hook
from tenants.context import tenant_scope
from tenants.models import Operation, OperationKind, OperationStatus, Tenant
from tenants.moves.services import cancel_move
from tenants.permissions import CREATE_TENANT, DELETE_TENANT, MOVE_TENANT, UPDATE_OPERATION
from tenants.queue.requests import OperationInProgress, request_run
from tenants.selectors import platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from iac_platform.common.audit import Actor

# The user of the current tenant whom the audit log calls so; None for who cannot act (any more).
PRINCIPAL: Hook[Callable[[str], Any]] = Hook("principal by the audit log's name")
# What somebody must be allowed who has work of a kind done, when they ask and when it begins.
RIGHTS = {
    OperationKind.PROVISION: CREATE_TENANT,
    OperationKind.MOVE: MOVE_TENANT,
    OperationKind.DELETE: DELETE_TENANT,
}
# From which status an operator may move an operation, and to which.
TRANSITIONS = {
    OperationStatus.QUEUED: OperationStatus.CANCELLED,
    OperationStatus.FAILED: OperationStatus.QUEUED,
}


class OperationHasMovedOn(DomainError):
    """What was asked for does not fit the operation's status."""

    code = "operation-has-moved-on"
    title = "Operation state changed"
    kind = ErrorKind.CONFLICT


def retry_operation(operation: Operation, *, actor: Actor) -> Operation:
    """Queue an operation that failed once more.

    Raises:
        NotPermitted: the actor may not change operations.
        OperationHasMovedOn: it has not failed.
        OperationInProgress: the tenant has another one meanwhile.
    """
    return _move(operation, OperationStatus.FAILED, "operation.retry", actor=actor)


def cancel_operation(operation: Operation, *, actor: Actor) -> Operation:
    """Withdraw an operation that nobody has begun.

    Raises:
        NotPermitted: the actor may not change operations.
        OperationHasMovedOn: it runs, or has ended.
    """
    return _move(operation, OperationStatus.QUEUED, "operation.cancel", actor=actor)


def may_begin(operation: Operation) -> bool:
    """Whether a queued operation may begin; it is withdrawn when not.

    Whoever asked for it may have lost the right to since, or be gone. The platform itself
    may do anything.
    """
    asked_by = operation.requested_by_id
    if not asked_by.startswith("user:"):
        return True
    with tenant_scope(platform()):
        user = PRINCIPAL.get()(asked_by)
        right = RIGHTS[OperationKind(operation.kind)]
        if user is not None and access_policy().allows(user, right):
            return True
        reason = f"{operation.requested_by} may not do this any more. Ask for it again."
        with suppress(OperationHasMovedOn):
            _move(
                operation,
                OperationStatus.QUEUED,
                "operation.cancel",
                actor=SystemActor("provisioner"),
                failure=reason,
            )
    return False


@transaction.atomic
def _move(
    operation: Operation,
    expected: OperationStatus,
    action: str,
    *,
    actor: Actor,
    failure: str = "",
) -> Operation:
    if operation.kind == OperationKind.MOVE:
        # Before the operation, as all locks (``tenants.locks``): the move may hold a place.
        list(Tenant.objects.select_for_update(of=("self",)).filter(pk=operation.tenant_id))
    fresh = lock(operation, actor=actor, permission=UPDATE_OPERATION)
    if fresh.status != expected:
        raise OperationHasMovedOn(
            f"The operation is {fresh.status}; it would have to be {expected}."
        )
    if fresh.kind == OperationKind.MOVE and TRANSITIONS[expected] == OperationStatus.CANCELLED:
        cancel_move(fresh)
    fresh.status = TRANSITIONS[expected]
    fresh.attempts, fresh.failure = 0, failure
    if fresh.status == OperationStatus.QUEUED:
        # It is theirs now: whoever asked first may have lost the right to.
        fresh.requested_by, fresh.requested_by_id = actor.audit_name[:200], actor.audit_id
    try:
        with transaction.atomic():
            fresh.save(
                update_fields=[
                    *("status", "attempts", "failure"),
                    *("requested_by", "requested_by_id"),
                ]
            )
    except IntegrityError as error:
        raise OperationInProgress("Wait until the tenant's other operation has ended.") from error
    changes = {
        "kind": fresh.kind,
        "tenant": fresh.subject,
        "status": [str(expected), str(fresh.status)],
    }
    audit.record(action, fresh, actor=actor, changes=changes)
    if fresh.status == OperationStatus.QUEUED:
        request_run(fresh)
    return fresh
