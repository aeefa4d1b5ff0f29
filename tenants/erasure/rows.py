"""Deleting one tenant's rows from a schema that others use at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from tenants.erasure.catalog import groups_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from tenants.erasure.progress import Progress

# Rows in one transaction: short enough to hold up neither vacuum nor a replica.
BATCH = 5_000
# Tables looked into with one statement, which locks them and their indexes.
TABLES_AT_ONCE = 40


def delete_rows(schema: str, tenant_id: UUID, progress: Progress) -> int:
    """Delete all rows of a tenant in a schema, a batch at a time; how many there were."""
    found = set(tables_with_rows(schema, tenant_id))
    if not found:
        return 0
    deleted = 0
    for group in groups_of(schema):
        tables = [table.name for table in group.tables if table.name in found]
        deleted += _empty(schema, tables, tenant_id, progress, at_once=group.circular)
    return deleted


def delete_at_once(schema: str, tenant_id: UUID, *, keep: str) -> int:
    """Delete the tenant's few rows of a schema in the open transaction, but for one table."""
    tables = [name for name in tables_with_rows(schema, tenant_id) if name != keep]
    return sum(_delete(schema, table, tenant_id, limit=None) for table in tables)


def tables_with_rows(schema: str, tenant_id: UUID) -> list[str]:
    """The tables of a schema in which the tenant has at least one row."""
    owned = [table.name for group in groups_of(schema) for table in group.tables if table.owned]
    found: list[str] = []
    for names in _chunks(owned):
        questions = [
            f"SELECT '{name}' WHERE EXISTS "  # noqa: S608  # names from the catalog
            f'(SELECT FROM {schema}."{name}" WHERE tenant_id = %s)'
            for name in names
        ]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(questions), [tenant_id] * len(names))
            found += [name for (name,) in cursor.fetchall()]
    return found


def count_rows(schema: str, tenant_id: UUID) -> dict[str, int]:
    """How many rows the tenant has in each table of a schema where it has any."""
    counts = {}
    for name in tables_with_rows(schema, tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM {schema}."{name}" WHERE tenant_id = %s',  # noqa: S608  # names from the catalog
                [tenant_id],
            )
            (counts[name],) = cursor.fetchone()
    return counts


def _empty(
    schema: str, tables: Sequence[str], tenant_id: UUID, progress: Progress, *, at_once: bool
) -> int:
    """Foreign keys are checked at commit, so tables that refer to each other go together."""
    if at_once:
        with transaction.atomic():
            deleted = sum(_delete(schema, table, tenant_id, limit=None) for table in tables)
        progress.advance(deleted)
        return deleted
    deleted = 0
    for table in tables:
        while batch := _delete(schema, table, tenant_id, limit=BATCH):
            progress.advance(batch)
            deleted += batch
    return deleted


def _delete(schema: str, table: str, tenant_id: UUID, *, limit: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM {schema}."{table}" WHERE ctid = ANY (ARRAY ('  # noqa: S608  # names from the catalog
            f'SELECT ctid FROM {schema}."{table}" WHERE tenant_id = %s LIMIT %s))',
            [tenant_id, limit],
        )
        return int(cursor.rowcount)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), TABLES_AT_ONCE):
        yield names[start : start + TABLES_AT_ONCE]
