"""One run at a time, and what is written down about it."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.db.models import Count, F
from django.utils import timezone

from tenants.database.roles import owner_connection
from tenants.fleet.errors import AnotherRunIsAtWork
from tenants.fleet.pending import Behind, find
from tenants.models import (
    MigrationRun,
    Placement,
    PlacementMigration,
    PlacementMigrationStatus,
    PlacementStatus,
    RunStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenants.database.base import DatabaseWrapper

# Session advisory locks: who runs, and (shared) whose sessions work for a run.
_NAMESPACE, _RUN, _WORK = 20251204, 1, 2
_WAIT_FOR_LEFTOVERS = "120s"
_LOOK_FOR_CLIENT = "2s"
_INSERT_AT_ONCE = 1000


@contextmanager
def only_run() -> Iterator[None]:
    """Be the only run during the block.

    The lock ends with its session, so it cannot outlive a killed process. What that process
    had sent may: the server works off a message whose sender is gone. So wait for its sessions.

    Raises:
        AnotherRunIsAtWork: a run is, or what it has left does not end.
    """
    guard = owner_connection()
    try:
        with guard.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_NAMESPACE, _RUN])
            if not cursor.fetchone()[0]:
                raise AnotherRunIsAtWork(
                    "Another migrate_schemas is at work; migrate_schemas --status shows how far it "
                    "has come."
                )
            _wait_for_leftovers(cursor)
        yield
    finally:
        guard.close()


def _wait_for_leftovers(cursor: Any) -> None:
    cursor.execute(f"SET lock_timeout = '{_WAIT_FOR_LEFTOVERS}'")
    try:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_NAMESPACE, _WORK])
    except DatabaseError as error:
        raise AnotherRunIsAtWork(
            "A killed run has left a session that is still at work in PostgreSQL; look for it in "
            "pg_stat_activity (user iac_owner)."
        ) from error
    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_NAMESPACE, _WORK])


def join(connection: DatabaseWrapper) -> None:
    """Mark this session as one that works for the run; it ends with the session.

    The server also looks now and then whether its client is still there, so that what a
    killed run has sent ends soon.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock_shared(%s, %s), "
            "set_config('client_connection_check_interval', %s, false)",
            [_NAMESPACE, _WORK, _LOOK_FOR_CLIENT],
        )


def open_run(target: str, migrations: Iterable[str], canary: str) -> MigrationRun:
    """Write down that a run begins. Whoever holds the lock knows that no other is running."""
    MigrationRun.objects.filter(status=RunStatus.RUNNING).update(
        status=RunStatus.STOPPED,
        finished_at=timezone.now(),
        failure="Its process ended before it did; the next run took up what was left.",
    )
    return MigrationRun.objects.create(target=target, migrations=list(migrations), canary=canary)


def note_shared(target: str, migrations: Iterable[str]) -> None:
    """Write down a run that found no placement behind, and migrated the shared schema alone."""
    close_run(open_run(target, migrations, canary=""), RunStatus.DONE)


def enlist(run: MigrationRun, placements: Iterable[Behind]) -> None:
    """Write down which placements are to be migrated; those that are gone by now are left out."""
    wanted = [placement.id for placement in placements]
    with transaction.atomic():
        # Locked, so that none is erased before the rows that refer to it are written.
        there = Placement.objects.select_for_update(no_key=True).filter(pk__in=wanted)
        PlacementMigration.objects.bulk_create(
            [
                PlacementMigration(run=run, placement_id=pk)
                for pk in there.values_list("pk", flat=True)
            ],
            batch_size=_INSERT_AT_ONCE,
            ignore_conflicts=True,
        )


def is_gone(placement: Behind) -> bool:
    """Whether it was erased since the run began, or is being erased: nobody is to migrate it."""
    return not Placement.objects.filter(pk=placement.id, status=PlacementStatus.READY).exists()


def close_run(run: MigrationRun, status: RunStatus, failure: str = "") -> None:
    """Write down how the run ended."""
    run.status, run.failure, run.finished_at = status, failure, timezone.now()
    run.save(update_fields=["status", "failure", "finished_at"])


def note_failure(run: MigrationRun, placement: Behind, error: BaseException) -> str:
    """Write down why a placement failed; return the reason."""
    reason = reason_of(error)
    PlacementMigration.objects.filter(run=run, placement_id=placement.id).update(
        status=PlacementMigrationStatus.FAILED,
        attempts=F("attempts") + _attempts(error),
        failure=reason,
        finished_at=timezone.now(),
    )
    return reason


def reason_of(error: BaseException) -> str:
    """An error as one reads it: without traceback and without our own notes."""
    notes, error.__notes__ = getattr(error, "__notes__", []), []
    try:
        return "".join(traceback.format_exception_only(error)).strip()
    finally:
        error.__notes__ = notes


def _attempts(error: BaseException) -> int:
    for note in getattr(error, "__notes__", ()):
        name, _, number = note.partition(": ")
        if name == "attempts":
            return int(number)
    return 1


def status() -> dict[str, Any]:
    """The last run and what is pending now, as ``migrate_schemas --status`` shows it."""
    now = find()
    run = None if now.is_fresh and now.public else MigrationRun.objects.first()
    return {
        "run": None if run is None else _described(run),
        "pending": {
            "public": now.public,
            "placements": [placement.schema_name for placement in now.placements],
        },
    }


def _described(run: MigrationRun) -> dict[str, Any]:
    counted = run.placements.values_list("status").annotate(Count("id")).order_by()
    failed = run.placements.filter(status=PlacementMigrationStatus.FAILED)
    return {
        "id": str(run.pk),
        "status": run.status,
        "failure": run.failure,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "canary": run.canary,
        "migrations": run.migrations,
        "placements": dict.fromkeys(PlacementMigrationStatus.values, 0) | dict(counted),
        "failed": [
            {"schema": schema, "reason": reason, "attempts": attempts}
            for schema, reason, attempts in failed.order_by("placement__schema_name").values_list(
                "placement__schema_name", "failure", "attempts"
            )
        ],
    }
