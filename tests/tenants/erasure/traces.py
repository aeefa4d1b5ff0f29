"""Looking everywhere for traces of a tenant, past everything that the platform knows of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from django.conf import settings
from django.core.cache import caches
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Plain = psycopg.Connection[tuple[Any, ...]]

_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%'
      AND n.nspname <> 'information_schema'
    ORDER BY 1, 2
"""


def tables(connection: Plain) -> list[tuple[str, str]]:
    """Every table of every schema."""
    rows = connection.execute(_TABLES).fetchall()
    return [(str(schema), str(table)) for schema, table in rows]


def owned_tables(connection: Plain) -> set[str]:
    """The tables of a placement whose rows say whose they are."""
    rows = connection.execute(
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = 'platform' AND column_name = 'tenant_id'"
    ).fetchall()
    return {str(name) for (name,) in rows}


def rows_with(connection: Plain, words: Iterable[str]) -> dict[str, list[str]]:
    """By table, the rows of the whole database that hold one of the words in any column."""
    found = {}
    for schema, table in tables(connection):
        query = sql.SQL("SELECT t::text FROM {} t WHERE t::text ILIKE ANY (%s)").format(
            sql.Identifier(schema, table)
        )
        hits = connection.execute(query, [[f"%{word}%" for word in words]]).fetchall()
        if hits:
            found[f"{schema}.{table}"] = [str(text) for (text,) in hits]
    return found


def schemas_with(connection: Plain, words: Iterable[str]) -> list[str]:
    """The schemas whose name holds one of the words."""
    patterns = [f"%{word.replace('-', '_')}%" for word in words]
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname ILIKE ANY (%s)", [patterns]
    ).fetchall()
    return [str(name) for (name,) in rows]


def redis_keys() -> Iterator[str]:
    """Every key of the server, whoever made it."""
    client: Any = caches["default"]
    for key in client.client.get_client().scan_iter("*", count=1000):
        yield key.decode()


def keys_with(words: Iterable[str]) -> list[str]:
    """The keys whose name holds one of the words."""
    return [key for key in redis_keys() if any(word in key for word in words)]


def files_with(words: Iterable[str]) -> list[str]:
    """The files and folders whose path holds one of the words."""
    paths = map(str, Path(settings.FILES_ROOT).rglob("*"))
    return [path for path in paths if any(word in path for word in words)]


def checksums(connection: Plain, tenant_id: str) -> dict[str, str]:
    """One checksum of a tenant's rows for each table that has any, in the whole database."""
    sums = {}
    for schema, table in tables(connection):
        columns = sql.SQL(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = {} "
            "AND table_name = {} AND column_name = 'tenant_id'"
        ).format(schema, table)
        if connection.execute(columns).fetchone() == (0,):
            continue
        query = sql.SQL(
            "SELECT count(*), md5(string_agg(t::text || t.ctid::text, '|' ORDER BY t.ctid)) "
            "FROM {} t WHERE tenant_id = %s"
        ).format(sql.Identifier(schema, table))
        count, digest = connection.execute(query, [tenant_id]).fetchone() or (0, "")
        if count:
            sums[f"{schema}.{table}"] = f"{count}:{digest}"
    return sums
