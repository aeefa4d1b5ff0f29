"""Making a tenant's rows in one placement equal to those in another.

A pass deletes what the target has and the source has not, or has differently, then inserts
what is missing. Rows are compared by their image in storage (``*=``), so that what is equal
after a pass is equal to the byte, ``json`` and ``1.0`` beside ``1`` included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import sql

from tenants.contents import OWNER_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from tenants.contents import OwnedTable
    from tenants.queue import Report

# Rows per statement: few enough to report progress, many enough to cost nothing.
BATCH = 5000

_BOUNDARIES = sql.SQL(
    "SELECT {key} FROM (SELECT {key}, row_number() OVER (ORDER BY {key}) AS place FROM {source} "
    "WHERE {owner} = %s) numbered WHERE place %% %s = 0 ORDER BY {key}"
)
_DELETE = sql.SQL(
    "DELETE FROM {target} t WHERE t.{owner} = {tenant} AND {of_t_range} AND NOT EXISTS ("
    "SELECT FROM {source} s WHERE s.{owner} = {tenant} AND {of_s_range} AND s.{key} = t.{key} "
    "AND ROW({of_s})::record *= ROW({of_t})::record)"
)
_INSERT = sql.SQL(
    "INSERT INTO {target} ({columns}) SELECT {of_s} FROM {source} s "
    "WHERE s.{owner} = {tenant} AND {of_s_range} AND NOT EXISTS ("
    "SELECT FROM {target} t WHERE t.{owner} = {tenant} AND {of_t_range} AND t.{key} = s.{key})"
)
_CLEAR = sql.SQL("DELETE FROM {target} WHERE {owner} = %s")
_REFILL = sql.SQL(
    "INSERT INTO {target} ({columns}) SELECT {columns} FROM {source} "
    "WHERE {owner} = %s ORDER BY {key}"
)
_DIGEST = sql.SQL(
    "SELECT count(*), coalesce(sum(hashtextextended(ROW({columns})::text, 0)), 0) "
    "FROM {place} WHERE {owner} = %s"
)

# A table that was filled a moment ago has no statistics: the planner expects a handful of rows
# and would compare each with each.
_NO_LOOPS = "SET LOCAL enable_nestloop = off"

Range = tuple[Any, Any]
"""Keys above the first and up to the second; None is an open end."""


@dataclass(frozen=True, slots=True)
class Route:
    """Whose rows go where.

    Attributes:
        tenant_id: the tenant.
        source, target: schemas.
        tables: what both have, those that others refer to first.
    """

    tenant_id: UUID
    source: str
    target: str
    tables: Sequence[OwnedTable]

    def statement(self, template: sql.SQL, table: OwnedTable, **parts: sql.Composable) -> Any:
        """A statement on one table of both placements."""
        names = [sql.Identifier(column.name) for column in table.carried]
        return template.format(
            source=sql.Identifier(self.source, table.name),
            target=sql.Identifier(self.target, table.name),
            owner=sql.Identifier(OWNER_COLUMN),
            key=sql.Identifier(table.key),
            columns=sql.SQL(", ").join(names),
            of_s=sql.SQL(", ").join(sql.SQL("s.{}").format(name) for name in names),
            of_t=sql.SQL(", ").join(sql.SQL("t.{}").format(name) for name in names),
            **parts,
        )


def synchronise(route: Route, report: Report, *, final: bool = False) -> int:
    """One pass over all tables, in the open transaction; returns how many rows it changed.

    Foreign keys are deferred, so a parent may be gone for a moment.

    Args:
        route: whose rows go where.
        report: receives one unit per row of the source.
        final: also replace the tables whose keys are numbers. Those cannot be compared
            row by row, and would be replaced again by every pass.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NO_LOOPS)
    changed = 0
    compared = [table for table in route.tables if not table.is_renumbered]
    ranges = {table.name: list(_ranges(route, table)) for table in compared}
    for table in reversed(compared):
        changed += _in_ranges(route, table, _DELETE, ranges[table.name])
    for table in compared:
        changed += _in_ranges(route, table, _INSERT, ranges[table.name], report)
    if final:
        changed += sum(_replace(route, table) for table in route.tables if table.is_renumbered)
    return changed


def _ranges(route: Route, table: OwnedTable) -> Iterator[Range]:
    with connection.cursor() as cursor:
        cursor.execute(route.statement(_BOUNDARIES, table), [route.tenant_id, BATCH])
        limitable_by = [key for (key,) in cursor.fetchall()]
    lower = None
    for upper in [*limitable_by, None]:
        yield lower, upper
        lower = upper


def _in_ranges(
    route: Route,
    table: OwnedTable,
    template: sql.SQL,
    ranges: list[Range],
    report: Report | None = None,
) -> int:
    changed = 0
    with connection.cursor() as cursor:
        for lower, upper in ranges:
            statement = route.statement(
                template,
                table,
                tenant=sql.Literal(route.tenant_id),
                of_s_range=_within(sql.Identifier("s", table.key), lower, upper),
                of_t_range=_within(sql.Identifier("t", table.key), lower, upper),
            )
            cursor.execute(statement)
            changed += cursor.rowcount
            if report is not None and upper is not None:
                report.advance(BATCH)
    return changed


def _within(key: sql.Identifier, lower: Any, upper: Any) -> sql.Composable:
    conditions = [
        *([sql.SQL("{} > {}").format(key, sql.Literal(lower))] if lower is not None else []),
        *([sql.SQL("{} <= {}").format(key, sql.Literal(upper))] if upper is not None else []),
    ]
    return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")


def _replace(route: Route, table: OwnedTable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(route.statement(_CLEAR, table), [route.tenant_id])
        cursor.execute(route.statement(_REFILL, table), [route.tenant_id])
        return int(cursor.rowcount)


def differences(route: Route) -> list[str]:
    """The tables whose count or checksum differs between the two placements."""
    return [
        table.name
        for table in route.tables
        if _digest(route, table, route.source) != _digest(route, table, route.target)
    ]


def _digest(route: Route, table: OwnedTable, schema: str) -> tuple[Any, ...]:
    place = sql.Identifier(schema, table.name)
    with connection.cursor() as cursor:
        cursor.execute(route.statement(_DIGEST, table, place=place), [route.tenant_id])
        found: tuple[Any, ...] = cursor.fetchone()
        return found
