"""Whose rows can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import Error, errors

from tenants.isolation.expectations import placement_rules
from tenants.isolation.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from tenants.isolation.probes.intruder import Intruder
    from tenants.isolation.probes.subjects import Subject

_CATALOG = "Run check_isolation --no-probes and fix what it finds first."
# The first and the last tenant that is visible: two index lookups, however many rows.
_FURTHEST = "(SELECT tenant_id FROM {table} ORDER BY tenant_id {order} LIMIT 1)"


def probe(intruder: Intruder, subject: Subject) -> Iterator[Finding]:
    """Nothing without a context, one's own rows with one, and nothing as a stranger."""
    with intruder.context():
        yield from _nothing(intruder, subject, "probe-without-context", "Without a context")
    with intruder.context(subject.stranger):
        yield from _nothing(intruder, subject, "probe-foreign-rows", "From elsewhere")
    if subject.resident is not None:
        with intruder.entered(subject.resident):
            yield from _own_alone(intruder, subject, subject.resident)


def probe_names(intruder: Intruder) -> Iterator[Finding]:
    """Without a context the tables are not even found: only ``public`` is searched."""
    with intruder.context():
        for table in placement_rules():
            state, _ = intruder.attempt(f"SELECT FROM {table} LIMIT 1")  # a model's name
            if state != errors.UndefinedTable.sqlstate:
                detail = f"The bare name {table} is found in public."
                yield Finding("public", table, "probe-bare-name", detail, _CATALOG)


def _visible(intruder: Intruder, schema: str, tables: Iterable[str]) -> dict[str, set[UUID]]:
    """Whose rows each table shows: the first and the last tenant, which may be the same."""
    query = " UNION ALL ".join(
        f"SELECT '{table}', ARRAY[{_extreme(schema, table, 'ASC')}, "
        f"{_extreme(schema, table, 'DESC')}]"
        for table in tables
    )
    return {table: set(ids) - {None} for table, ids in intruder.rows(query)}


def _extreme(schema: str, table: str, order: str) -> str:
    return _FURTHEST.format(table=f"{schema}.{table}", order=order)


def _nothing(intruder: Intruder, subject: Subject, rule: str, how: str) -> Iterator[Finding]:
    for table, owners in _readable(intruder, subject):
        if owners:
            detail = f"{how}, rows of {_listed(owners)} can be read."
            yield Finding(subject.schema, table, rule, detail, _CATALOG)


def _own_alone(intruder: Intruder, subject: Subject, resident: UUID) -> Iterator[Finding]:
    for table, owners in _readable(intruder, subject):
        if owners - {resident}:
            detail = f"{resident} can read rows of {_listed(owners - {resident})}."
            yield Finding(subject.schema, table, "probe-foreign-rows", detail, _CATALOG)
        if table in subject.filled and resident not in owners:
            detail = f"{resident} cannot read its own rows."
            yield Finding(subject.schema, table, "probe-own-rows", detail, _CATALOG)


def _readable(intruder: Intruder, subject: Subject) -> Iterator[tuple[str, set[UUID]]]:
    """As ``_visible`` of all tables; one that cannot be read shows nobody's rows."""
    tables = sorted(placement_rules())
    try:
        with intruder.undone():
            found = _visible(intruder, subject.schema, tables)
    except Error:
        found = {table: _visible_alone(intruder, subject.schema, table) for table in tables}
    yield from found.items()


def _visible_alone(intruder: Intruder, schema: str, table: str) -> set[UUID]:
    try:
        with intruder.undone():
            return _visible(intruder, schema, [table])[table]
    except Error:
        return set()


def _listed(owners: set[UUID]) -> str:
    return ", ".join(sorted(map(str, owners)))
