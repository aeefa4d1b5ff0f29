"""Watching which locks a transaction takes, and in which order."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection

from tenants.locks import ADVISORY_LOCKS, SHARED_TABLES, LockStage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TABLE = r'(?:"?\w+"?\.)?"?(\w+)"?'
_ROWS = re.compile(
    rf"FROM {_TABLE}.* FOR (?:NO KEY UPDATE|UPDATE|SHARE)", re.IGNORECASE | re.DOTALL
)
_CHANGE = re.compile(rf"^\s*(?:UPDATE|DELETE FROM) (?:ONLY )?{_TABLE}", re.IGNORECASE)
_UPSERT = re.compile(rf"^\s*INSERT INTO {_TABLE}.*DO UPDATE", re.IGNORECASE | re.DOTALL)
_INSERT = re.compile(rf"^\s*INSERT INTO {_TABLE}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Written by one transaction alone, or by Django for itself.
_UNORDERED = {
    "audit_entries",
    "audit_links",
    "django_admin_log",
    "django_content_type",
}


@cache
def stages() -> Mapping[str, LockStage]:
    """The stage of each table whose rows are locked."""
    owned = {
        model._meta.db_table: model.lock_stage
        for model in apps.get_models()
        if hasattr(model, "lock_stage")
    }
    return {**owned, **SHARED_TABLES}


@dataclass
class Watch:
    """The locks of the transactions that ran, and what was wrong with their order.

    Attributes:
        taken: of the present transaction, in order.
        wrong: each lock that was taken after one of a later stage.
        seen: all tables and stages that were locked at all.
    """

    taken: list[tuple[LockStage, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    depth: int = 0
    _rows: dict[str, set[str]] = field(default_factory=dict)

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        """Note what a statement locks, and run it."""
        self._note(str(sql), params)
        return execute(sql, params, many, context)

    def _note(self, sql: str, params: Any) -> None:
        if sql.startswith("SAVEPOINT"):
            self.depth += 1
        elif sql.startswith("RELEASE SAVEPOINT"):
            self.depth -= 1
            if self.depth == 0:
                self.ended()
        elif "pg_advisory_xact_lock" in sql:
            for mark, stage in ADVISORY_LOCKS:
                if mark in sql:
                    self._lock(stage, f"advisory {stage.name}", set())
                    return
            self.wrong.append(f"no stage is known for: {sql}")
        else:
            self._rows_of(sql, params)

    def ended(self) -> None:
        """The transaction is over, and its locks are released."""
        self.taken.clear()
        self._rows.clear()

    def _rows_of(self, sql: str, params: Any) -> None:
        rows = set(_UUID.findall(repr(params)))
        locked = _ROWS.search(sql) or _CHANGE.search(sql) or _UPSERT.search(sql)
        if locked is not None:
            self._lock_rows(locked[1], rows)
        elif (made := _INSERT.search(sql)) is not None:
            self._rows.setdefault(made[1], set()).update(rows)

    def _lock_rows(self, table: str, rows: set[str]) -> None:
        if table in _UNORDERED:
            return
        if table not in stages():
            self.wrong.append(f"no stage is known for the table {table}")
            return
        held = self._rows.setdefault(table, set())
        again = bool(rows & held)
        held |= rows
        if not again:
            self._lock(stages()[table], table, rows)

    def _lock(self, stage: LockStage, what: str, rows: set[str]) -> None:
        del rows
        self.seen.add(what)
        # Once the stamp is held, what says who may do what may be written in any order.
        guarded = stage is LockStage.ACCESS and (
            "access_stamps" in [name for _, name in self.taken]
        )
        later = [f"{name} ({each.name})" for each, name in self.taken if each > stage]
        if later and not guarded:
            self.wrong.append(f"{what} ({stage.name}) after {', '.join(later)}")
        if stage is LockStage.ACCESS and what != "access_stamps" and not guarded:
            self.wrong.append(f"{what} without the tenant's stamp")
        self.taken.append((stage, what))


@contextmanager
def watched_locks() -> Iterator[Watch]:
    """Watch the locks of all that runs on this thread's connection.

    The block is inside of a transaction that is rolled back; savepoints stand for transactions.
    """
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch
