"""Which placements Citus keeps on another node, and what its nodes say. Runs as the owner.

On a PostgreSQL without the extension no placement is distributed, and nothing here asks for
anything that only Citus has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_citus() -> bool:
    """Whether the extension is installed in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'")
        return cursor.fetchone() is not None


def distributed(schemas: Iterable[str]) -> set[str]:
    """Those of these schemas that Citus has distributed."""
    if not is_citus():
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schema_name::text FROM citus_schemas WHERE schema_name::text = ANY(%s)",
            [list(schemas)],
        )
        return {schema for (schema,) in cursor.fetchall()}


def sizes_elsewhere(schemas: Iterable[str]) -> dict[str, int]:
    """The bytes that each of these schemas takes where it lies, for those that are distributed.

    Here they are empty: what PostgreSQL's own functions would measure is nothing.
    """
    wanted = distributed(schemas)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname, sum(citus_total_relation_size(c.oid))::bigint "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ANY(%s) AND c.relkind = 'r' GROUP BY n.nspname",
            [sorted(wanted)],
        )
        return dict(cursor.fetchall())
