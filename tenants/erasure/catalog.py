"""What the database's catalog says of a schema: its tables, and which to empty first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

# A drop locks the relation and everything that depends on it: indexes, constraints, policies,
# triggers (four for each foreign key), defaults, types, its TOAST table and sequences.
_TABLES = """
    SELECT c.relname,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                   AND a.attname = 'tenant_id' AND NOT a.attisdropped),
           4 + (SELECT count(*) FROM pg_depend d
                WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
             + (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid)
             + 6 * (SELECT count(*) FROM pg_constraint k
                    WHERE k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid))
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p')
    ORDER BY c.relname
"""
_REFERENCES = """
    SELECT child.relname, parent.relname
    FROM pg_constraint k
    JOIN pg_class child ON child.oid = k.conrelid
    JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f'
      AND child.relnamespace = to_regnamespace(%s) AND parent.relnamespace = child.relnamespace
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a schema.

    Attributes:
        name: without the schema.
        owned: whether its rows say whose they are.
        locks: how many locks dropping it takes, rather too many than too few.
    """

    name: str
    owned: bool
    locks: int


@dataclass(frozen=True, slots=True)
class Group:
    """Tables to empty or drop together.

    Attributes:
        tables: one, or several that refer to each other.
        circular: whether a row may refer to another of the group, so that all of them
            must go in one transaction.
    """

    tables: tuple[Table, ...]
    circular: bool


def groups_of(schema: str) -> list[Group]:
    """The tables of a schema, those that refer to others first; empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [schema])
        tables = {row[0]: Table(*row) for row in cursor.fetchall()}
        cursor.execute(_REFERENCES, [schema])
        references = set(cursor.fetchall())
    return _ordered(tables, references)


def _ordered(tables: dict[str, Table], references: set[tuple[str, str]]) -> list[Group]:
    remaining = set(tables)
    ordered: list[Group] = []
    while remaining:
        free = sorted(remaining - _needed(remaining, references))
        if not free:
            # They refer to each other in a circle.
            rest = tuple(tables[name] for name in sorted(remaining))
            return [*ordered, Group(rest, circular=True)]
        ordered += [Group((tables[name],), (name, name) in references) for name in free]
        remaining -= set(free)
    return ordered


def _needed(remaining: Iterable[str], references: set[tuple[str, str]]) -> set[str]:
    names = set(remaining)
    return {parent for child, parent in references if child in names and child != parent}


def schema_exists(schema: str) -> bool:
    """Whether the schema is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        (exists,) = cursor.fetchone()
    return bool(exists)
