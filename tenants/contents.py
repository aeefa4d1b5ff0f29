"""What a placement holds of a tenant, read off PostgreSQL's catalog.

Whoever copies, exports or counts a tenant's rows must forget no table and no column, so
the list comes from the database and not from the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import sql

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.isolation.expectations import MIGRATIONS_TABLE

if TYPE_CHECKING:
    from uuid import UUID

OWNER_COLUMN = "tenant_id"

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
           a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%%',
           coalesce(a.attnum = ANY (k.conkey), false)
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
           AND NOT a.attisdropped AND a.attgenerated = ''
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
     WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition AND c.relname <> %s
     ORDER BY c.relname, a.attnum
"""
_REFERENCES = """
    SELECT c.relname, target.relname
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_class target ON target.oid = k.confrelid
     WHERE k.contype = 'f' AND c.relnamespace = to_regnamespace(%s)
       AND target.relnamespace = c.relnamespace AND target.oid <> c.oid
"""


class UnknownContents(DomainError):
    """A placement holds something of which nobody can say whose it is."""

    code = "unknown-contents"
    title = "The placement has tables that the platform does not know"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type in PostgreSQL's words, and whether the table numbers it."""

    name: str
    type: str
    numbered: bool


@dataclass(frozen=True, slots=True)
class OwnedTable:
    """A table with tenants' rows.

    Attributes:
        name: without its schema.
        key: the primary key's column.
        columns: all that hold data, in the table's order.
    """

    name: str
    key: str
    columns: tuple[Column, ...]

    @property
    def is_renumbered(self) -> bool:
        """Whether its keys are numbers that mean nothing in another placement."""
        return any(column.numbered for column in self.columns)

    @property
    def carried(self) -> tuple[Column, ...]:
        """The columns whose values a row keeps in another placement."""
        return tuple(column for column in self.columns if not column.numbered)


def owned_tables(schema: str) -> list[OwnedTable]:
    """The tables of a placement, those that others refer to first. Runs as the owner.

    Raises:
        UnknownContents: a table has no owner's column or no key of one column.
    """
    found: dict[str, list[Any]] = {}
    references: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [schema, MIGRATIONS_TABLE])
        for table, *facts in cursor.fetchall():
            found.setdefault(table, []).append(facts)
        cursor.execute(_REFERENCES, [schema])
        for table, target in cursor.fetchall():
            references.setdefault(table, set()).add(target)
    # Sorted first, so that the order is the same in every placement.
    order = TopologicalSorter({name: sorted(references.get(name, ())) for name in sorted(found)})
    tables = [_owned_table(schema, name, found[name]) for name in order.static_order()]
    _refuse_references_by_number(tables, references)
    return tables


def _owned_table(schema: str, name: str, facts: list[Any]) -> OwnedTable:
    keys = [column for column, _, _, is_key in facts if is_key]
    columns = tuple(Column(column, kind, numbered) for column, kind, numbered, _ in facts)
    if len(keys) != 1 or OWNER_COLUMN not in {column.name for column in columns}:
        raise UnknownContents(
            f"{schema}.{name} needs a primary key of one column and {OWNER_COLUMN}; "
            "run manage.py check_isolation."
        )
    return OwnedTable(name, keys[0], columns)


def _refuse_references_by_number(tables: list[OwnedTable], references: dict[str, set[str]]) -> None:
    """Rows that are renumbered would leave those that refer to them behind."""
    referred = {target for targets in references.values() for target in targets}
    for table in tables:
        if table.is_renumbered and table.name in referred:
            raise UnknownContents(
                f"Others refer to {table.name} by a number that differs between placements; "
                "give it a UUID as its key."
            )


def count_rows(schema: str, tables: list[OwnedTable], tenant_id: UUID) -> dict[str, int]:
    """How many rows a tenant has in each table. Runs as the owner."""
    counts = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
                    sql.Identifier(schema, table.name), sql.Identifier(OWNER_COLUMN)
                ),
                [tenant_id],
            )
            (counts[table.name],) = cursor.fetchone()
    return counts
