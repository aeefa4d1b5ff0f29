"""Whose rows can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.isolation.expectations import placement_rules
from tenants.isolation.findings import Finding
from tenants.isolation.probes.intruder import DENIED, DONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tenants.isolation.probes.intruder import Intruder
    from tenants.isolation.probes.subjects import Subject
    from tenants.isolation.rules import TableRule

_CATALOG = "Run check_isolation --no-probes and fix what it finds first."
# A row with nothing but its tenant. PostgreSQL asks the policies before the constraints
# (ExecInsert in nodeModifyTable.c), so a row that may not be is DENIED and one that may
# goes on to violate a NOT NULL, that of its key: no table needs rows of its own for this.
_INSERT = "INSERT INTO {table} (tenant_id, {key}) VALUES (%s, NULL)"
_UPDATE = (
    "UPDATE {table} SET tenant_id = %s "
    "WHERE ctid = (SELECT ctid FROM {table} LIMIT 1 FOR UPDATE SKIP LOCKED)"
)

# A statement that reads nothing is held to no policy for reading. Where it is refused it
# stops at the first row, without a lock; it is tried only where the other one is refused.
_UPDATE_ALL = "UPDATE {table} SET tenant_id = %s"


def probe(intruder: Intruder, subject: Subject) -> Iterator[Finding]:
    """Rows are written as the context's tenant, or not at all."""
    if subject.resident is None:
        return
    with intruder.entered(subject.resident):
        for name, rule in placement_rules().items():
            if "INSERT" in rule.privileges:
                yield from _insert(intruder, subject, rule)
            if "UPDATE" in rule.privileges and name in subject.filled:
                yield from _update(intruder, subject, name)


def _insert(intruder: Intruder, subject: Subject, rule: TableRule) -> Iterator[Finding]:
    statement = _INSERT.format(table=f"{subject.schema}.{rule.table}", key=rule.key_column)
    for owner, text in ((subject.resident, "own"), (subject.other, "foreign")):
        state, _ = intruder.attempt(statement, owner)
        if (state == DENIED) is (text == "own"):
            yield _found(subject, rule.table, f"probe-{text}-insert", text, state, owner)


def _update(intruder: Intruder, subject: Subject, name: str) -> Iterator[Finding]:
    table = f"{subject.schema}.{name}"
    state, count = intruder.attempt(_UPDATE.format(table=table), subject.resident)
    if state != DONE or not count:
        yield _found(subject, name, "probe-own-update", "own", state, subject.resident)
    for statement in (_UPDATE, _UPDATE_ALL):
        state, count = intruder.attempt(statement.format(table=table), subject.other)
        if state != DENIED:
            if count or state != DONE:
                yield _found(subject, name, "probe-foreign-update", "foreign", state, subject.other)
            return


def _found(
    subject: Subject, name: str, rule: str, whose: str, state: str, owner: UUID | None
) -> Finding:
    wanted = "is refused" if whose == "own" else "is not refused"
    detail = (
        f"In the context of {subject.resident}, a row of {owner} {wanted} "
        f"(SQLSTATE {state or '00000'})."
    )
    return Finding(subject.schema, name, rule, detail, _CATALOG)
