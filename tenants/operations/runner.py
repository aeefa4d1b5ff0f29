"""Doing the queued work, one operation after the other. Runs as the owner.

Whoever does an operation holds a session-level advisory lock on it. The lock of a killed
process is gone with its connection, so an operation that is ``running`` and not locked was
interrupted: it is taken up again, and its handler is written to be run twice.
"""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from django.db.models import F
from django.utils import timezone

from iac_platform.common.database_failures import DatabaseFailure, failure_of
from tenants.database.roles import as_owner, owner_connection
from tenants.erasure import erase
from tenants.models import Operation, OperationKind, OperationStatus
from tenants.moves.handler import move
from tenants.operations.services import may_begin
from tenants.provisioning.services import provision
from tenants.queue.report import Lines, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tenants.database.base import DatabaseWrapper
    from tenants.queue.report import ProgressListener

    Handler = Callable[[Operation, Report], dict[str, Any] | None]

log = structlog.get_logger(__name__)

# What does each kind of work. Each is written to be run twice.
HANDLERS: dict[str, Handler] = {
    OperationKind.PROVISION: provision,
    OperationKind.MOVE: move,
    OperationKind.DELETE: erase,
}
# After so many starts it is the operation that ends the process, and not an accident.
MAX_ATTEMPTS = 5
_LOCK_SEED = 20251204
_INTERRUPTIONS = (DatabaseFailure.LOST, DatabaseFailure.UNREACHABLE)
_OPEN = (OperationStatus.QUEUED, OperationStatus.RUNNING)


def run_queued(
    progress: Callable[[str], None] = lambda _line: None,
    kinds: Iterable[OperationKind] = tuple(OperationKind),
) -> int:
    """Do every operation that is queued, or was interrupted, oldest first.

    Args:
        progress: receives one line for each step.
        kinds: what to do; the rest waits.

    Returns:
        How many were done or failed.
    """
    with as_owner():
        open_ones = Operation.objects.filter(status__in=_OPEN, kind__in=tuple(kinds))
        keys = open_ones.order_by("created_at").values_list("pk", flat=True)
        return sum(_attempt(key, progress) for key in keys)


def run_one(
    operation: Operation,
    progress: Callable[[str], None] = lambda _line: None,
    listener: ProgressListener | None = None,
) -> bool:
    """Do one operation now, whatever else is queued; False when another process does it.

    Args:
        operation: which one.
        progress: receives a line when it has ended, and for each step without an onlooker.
        listener: sees each step and how far it is.
    """
    with as_owner():
        return _attempt(operation.pk, progress, listener)


def _attempt(
    key: Any, progress: Callable[[str], None], listener: ProgressListener | None = None
) -> bool:
    with _claim(key) as connection:
        if connection is None:
            return False
        operation = Operation.objects.filter(pk=key, status__in=_OPEN).first()
        if operation is None or not _may_begin(operation) or not _begin(operation):
            return False
        report = Report(operation, connection, listener or Lines(progress))
        _carry_out(operation, report, progress)
        return True


@contextmanager
def _claim(key: Any) -> Iterator[DatabaseWrapper | None]:
    """The connection that holds the operation's lock; None when another process does."""
    connection = owner_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_lock(hashtextextended(%s, %s))", [str(key), _LOCK_SEED]
            )
            (held,) = cursor.fetchone()
        yield connection if held else None
    finally:
        connection.close()


def _may_begin(operation: Operation) -> bool:
    """Whether whoever asked for it may still do it; what has begun is brought to its end."""
    if operation.status != OperationStatus.QUEUED:
        return True
    return may_begin(operation)


def _begin(operation: Operation) -> bool:
    """Mark it as running; False when it was cancelled since it was read.

    The update waits for whoever is cancelling it just now, and then looks again.
    """
    begun = Operation.objects.filter(pk=operation.pk, status__in=_OPEN).update(
        status=OperationStatus.RUNNING, attempts=F("attempts") + 1, started_at=timezone.now()
    )
    return bool(begun)


def _carry_out(operation: Operation, report: Report, progress: Callable[[str], None]) -> None:
    if operation.attempts >= MAX_ATTEMPTS:
        _close(operation, OperationStatus.FAILED, failure=f"Interrupted {MAX_ATTEMPTS} times.")
        return
    try:
        result = HANDLERS[operation.kind](operation, report)
    except Exception as error:
        if failure_of(error) in _INTERRUPTIONS:
            # Interrupted, as by a kill: it stays `running`, and is taken up again.
            raise
        log.exception("operation_failed", operation=str(operation.pk), kind=operation.kind)
        reason = "".join(traceback.format_exception_only(error)).strip()
        _close(operation, OperationStatus.FAILED, failure=reason)
        progress(f"{operation}: failed: {reason}")
    else:
        _close(operation, OperationStatus.DONE, result=result or {})
        progress(f"{operation}: done")


def _close(operation: Operation, status: OperationStatus, **fields: Any) -> None:
    Operation.objects.filter(pk=operation.pk).update(
        status=status, finished_at=timezone.now(), **fields
    )
