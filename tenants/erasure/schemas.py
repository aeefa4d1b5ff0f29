"""Dropping a schema of any size.

``DROP SCHEMA … CASCADE`` locks every object of the schema in one transaction, and with some
hundred tables PostgreSQL's lock table, which all sessions share, is full: the drop fails with
``out of shared memory``, and so may whatever others do at that moment. Here the tables go a few
at a time, in transactions that take at most a part of that table.
(https://www.postgresql.org/docs/current/runtime-config-locks.html)
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import connection

from tenants.erasure.catalog import groups_of, schema_exists
from tenants.erasure.retrying import with_retry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tenants.erasure.catalog import Table
    from tenants.erasure.progress import Progress

# One transaction may take this part of the lock table, so that others find room.
_SHARE = 4
_LOCK_TABLE = """
    SELECT current_setting('max_locks_per_transaction')::int
         * (current_setting('max_connections')::int
            + current_setting('max_prepared_transactions')::int)
"""
# Foreign keys to tables elsewhere: dropping one locks the other table, which everybody reads.
_KEYS_TO_ELSEWHERE = """
    SELECT child.relname, k.conname
    FROM pg_constraint k
    JOIN pg_class child ON child.oid = k.conrelid
    JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f' AND child.relnamespace = to_regnamespace(%s)
      AND parent.relnamespace <> child.relnamespace
    ORDER BY 1, 2
"""
# Views before the tables that they show; sequences and foreign tables have no order.
_OTHERS = """
    SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                      WHEN 'S' THEN 'SEQUENCE' ELSE 'FOREIGN TABLE' END
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = ANY (%s::"char"[])
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i')
                      AND d.classid = 'pg_class'::regclass AND c.relkind = 'S')
    ORDER BY c.relname
"""


def drop_schema(schema: str, progress: Progress) -> int:
    """Drop a schema with all that is in it; how many tables it had.

    Safe to run again after an interruption: what is gone is gone.
    """
    if not schema_exists(schema):
        return 0
    room = _room()
    for table, key in _rows(_KEYS_TO_ELSEWHERE, [schema]):
        _run(f'ALTER TABLE {schema}."{table}" DROP CONSTRAINT IF EXISTS "{key}"')
    _drop_others(schema, ["v", "m"])
    tables = [table for group in groups_of(schema) for table in group.tables]
    for batch in _batches(tables, room):
        names = ", ".join(f'{schema}."{table.name}"' for table in batch)
        # CASCADE cuts the keys between tables that refer to each other in a circle.
        _run(f"DROP TABLE IF EXISTS {names} CASCADE")
        progress.advance(len(batch))
    _drop_others(schema, ["S", "f"])
    _run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    return len(tables)


def _drop_others(schema: str, kinds: Sequence[str]) -> None:
    for name, kind in _rows(_OTHERS, [schema, list(kinds)]):
        _run(f'DROP {kind} IF EXISTS {schema}."{name}" CASCADE')


def _batches(tables: Iterable[Table], room: int) -> Iterator[list[Table]]:
    """Tables whose drop takes at most ``room`` locks, or single ones that take more."""
    batch: list[Table] = []
    taken = 0
    for table in tables:
        if batch and taken + table.locks > room:
            yield batch
            batch, taken = [], 0
        batch.append(table)
        taken += table.locks
    if batch:
        yield batch


def _room() -> int:
    ((size,),) = _rows(_LOCK_TABLE, [])
    return int(size) // _SHARE


def _rows(query: str, parameters: Sequence[str | list[str]]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found: list[tuple[str, ...]] = cursor.fetchall()
    return found


def _run(statement: str) -> None:
    with_retry(partial(_execute, statement), statement[:100])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
