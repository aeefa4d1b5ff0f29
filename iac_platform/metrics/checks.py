"""Readiness checks that need no app of ours; apps bring their own beside these."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_applied = threading.Event()


class MigrationsPending(RuntimeError):
    """The database is older than the code."""


def database_answers() -> None:
    """Return if the database answers this process's own role.

    Raises:
        django.db.Error: it does not.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def migrations_applied() -> None:
    """Return if every migration of the code is applied in the current schema.

    Remembered once true: code and database part company only with a new deployment,
    which is a new process, and reading all migrations costs more than a probe should.

    Raises:
        MigrationsPending: some are not.
    """
    if _applied.is_set():
        return
    missing = pending_migrations(connection)
    if missing:
        raise MigrationsPending(f"{missing} migrations are not applied.")
    _applied.set()


def pending_migrations(database: BaseDatabaseWrapper) -> int:
    """How many migrations of the code the database has not had."""
    executor = MigrationExecutor(database)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
