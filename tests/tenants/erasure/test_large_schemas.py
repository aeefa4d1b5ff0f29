"""A schema that PostgreSQL cannot drop in one transaction."""

from __future__ import annotations

import tempfile
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from deployment.local import accounts, postgres
from tenants.database.base import DatabaseWrapper
from tenants.erasure.schemas import drop_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.plugin import DjangoDbBlocker

TABLES = 1_500
SMALL_LOCK_TABLE = {"max_locks_per_transaction": "10", "max_connections": "10"}
_MAKE = """
    CREATE TABLE big.t_{n} (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL, note text,
        parent_id bigint REFERENCES big.t_{parent} (id), shared_id int REFERENCES public.shared (id)
    );
    CREATE INDEX ON big.t_{n} (tenant_id)
"""


@pytest.fixture
def server() -> Iterator[postgres.PostgresServer]:
    """A PostgreSQL whose lock table is small."""
    base = Path(tempfile.mkdtemp(prefix="iac-locks-"))
    base.chmod(0o711)
    try:
        yield postgres.start(base / "postgres", settings={**postgres.THROWAWAY, **SMALL_LOCK_TABLE})
    finally:
        postgres.stop(base / "postgres")
        accounts.remove_folder(base / "postgres")
        accounts.remove_folder(base)


@pytest.fixture
def connected(
    server: postgres.PostgresServer, django_db_blocker: DjangoDbBlocker
) -> Iterator[postgres.PostgresServer]:
    """The same, with Django connected to it as the owner of everything."""
    configured = {
        **connections.settings["owner"],
        "HOST": "127.0.0.1",
        "PORT": str(server.port),
        "NAME": "postgres",
        "USER": postgres.SUPERUSER,
        "PASSWORD": server.password,
    }
    wrapper = DatabaseWrapper(configured, DEFAULT_DB_ALIAS)
    wrapper.is_owner = True
    with django_db_blocker.unblock():
        ordinary = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = wrapper
        try:
            yield server
        finally:
            connections[DEFAULT_DB_ALIAS] = ordinary
            wrapper.close()


class Counter:
    """Counts what is reported."""

    units = 0

    def step(self, name: str, *, total: int = 0) -> None:
        """Begin anew."""

    def advance(self, units: int = 1) -> None:
        """Count."""
        self.units += units


def make_large_schema(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("CREATE TABLE public.shared (id int PRIMARY KEY)")
    connection.execute("CREATE SCHEMA big")
    for number in range(TABLES):
        # Every table refers to the one before it, and the first to itself.
        connection.execute(_MAKE.format(n=number, parent=max(number - 1, 0)).encode())
    connection.execute("ALTER TABLE big.t_1 ADD loop_id bigint REFERENCES big.t_3 (id)")
    connection.execute("CREATE VIEW big.seen AS SELECT * FROM big.t_7")
    connection.execute("CREATE SEQUENCE big.loose")


def test_a_large_schema_is_dropped_where_one_statement_fails(
    connected: postgres.PostgresServer,
) -> None:
    with psycopg.connect(connected.url(), autocommit=True) as plain:
        make_large_schema(plain)
        with pytest.raises(psycopg.errors.OutOfMemory, match="shared memory"):
            plain.execute("DROP SCHEMA big CASCADE")
        counter = Counter()
        assert drop_schema("big", counter) == counter.units == TABLES
        assert plain.execute("SELECT to_regnamespace('big')").fetchone() == (None,)
        assert plain.execute("SELECT count(*) FROM public.shared").fetchone() == (0,)
        assert drop_schema("big", counter) == 0


def test_whoever_uses_a_table_is_not_held_up_by_the_drop_that_waits(
    connected: postgres.PostgresServer,
) -> None:
    with psycopg.connect(connected.url(), autocommit=True) as plain:
        plain.execute("CREATE TABLE public.shared (id int PRIMARY KEY)")
        plain.execute("CREATE SCHEMA small")
        plain.execute("CREATE TABLE small.t (id int REFERENCES public.shared (id))")
        reader = psycopg.connect(connected.url())
        reader.execute("SELECT * FROM public.shared")
        waiting = Event()
        answers: list[object] = []

        def read() -> None:
            with psycopg.connect(connected.url(), autocommit=True) as other:
                query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                while other.execute(query).fetchone() == (0,):
                    pass
                waiting.set()
                # It queues behind the drop, which soon gives its place up.
                answers.append(other.execute("SELECT count(*) FROM public.shared").fetchone())
                reader.commit()

        thread = Thread(target=read)
        thread.start()
        assert drop_schema("small", Counter()) == 1
        thread.join()
        reader.close()
        assert waiting.is_set()
        assert answers == [(0,)]
