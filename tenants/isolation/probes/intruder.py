"""The application role with plain SQL: what requests have, without the platform's care."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from tenants.database import entrance
from tenants.database.session import TENANT_SETTING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

Plain = psycopg.Connection[tuple[Any, ...]]

DENIED = "42501"
"""SQLSTATE insufficient_privilege: also what a policy's check raises."""
DONE = ""
"""Stands for the SQLSTATE of a statement that succeeded."""

# Nobody's work waits for a probe, and none waits for somebody's work.
_LIMITS = (
    "SELECT set_config('lock_timeout', '1s', true), set_config('statement_timeout', '30s', true)"
)


def connect() -> Plain:
    """A connection of its own as requests have it: same role, same URL, same pool.

    It prepares nothing on the server, where behind PgBouncer another session would meet it.
    """
    configured = connections.settings[DEFAULT_DB_ALIAS]
    return psycopg.connect(
        dbname=configured["NAME"],
        user=configured["USER"],
        password=configured["PASSWORD"],
        host=configured["HOST"],
        port=configured["PORT"],
        connect_timeout=5,
        autocommit=True,
        prepare_threshold=None,
    )


class Intruder:
    """Tries statements; whatever they do is undone."""

    def __init__(self, connection: Plain) -> None:
        self.connection = connection

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A transaction (or, inside one, a savepoint) that never becomes true."""
        with self.connection.transaction(force_rollback=True):
            yield

    @contextmanager
    def context(self, tenant: UUID | None = None) -> Iterator[None]:
        """A transaction that claims to be ``tenant``'s by its id alone, as an attacker would."""
        with self.undone():
            self.connection.execute(_LIMITS)
            claim = str(tenant) if tenant else ""
            self.connection.execute(
                "SELECT set_config('search_path', 'public', true), set_config(%s, %s, true)",
                [TENANT_SETTING, claim],
            )
            yield

    @contextmanager
    def entered(self, tenant: UUID) -> Iterator[None]:
        """A transaction that has entered the tenant's scope, as requests do."""
        with self.undone():
            self.connection.execute(_LIMITS)
            self.connection.execute(entrance.enter(tenant))
            yield

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query in the present context."""
        return self.connection.execute(statement, parameters or None).fetchall()

    def attempt(self, statement: str, *parameters: Any) -> tuple[str, int]:
        """Try one statement and undo it.

        Returns:
            The SQLSTATE, ``DONE`` when it succeeded; and how many rows it touched.
        """
        try:
            with self.undone():
                found = self.connection.execute(statement, parameters or None)
                return DONE, found.rowcount
        except psycopg.Error as error:
            return error.sqlstate or "lost connection", 0

    def attempt_copy(self, statement: str, row: str) -> str:
        """Try a COPY FROM STDIN of one row and undo it; its SQLSTATE.

        With a row, because one of none is never sent on to the node that would refuse it.
        """
        try:
            with self.undone(), self.connection.cursor().copy(statement) as copy:
                copy.write(f"{row}\n")
        except psycopg.Error as error:
            return error.sqlstate or "lost connection"
        return DONE
