"""Telling whoever keeps answers what statements read, and what transactions change.

``iac_platform.cache.tables`` says what for. A statement whose text tells nothing counts as one
that reads, or changes, anything of the scope's tenant and of the shared tables; on the owner's
connection, which row-level security does not bind, anything of anybody.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.apps import apps

from iac_platform.cache import table_stamps
from iac_platform.cache.tables import ADDED, ANY_TENANT, EVERYTHING, NOBODY, Stamp
from tenants.database.statements import ANYTHING, common_tables, tables_read, writes_of
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.abc import Query

    from iac_platform.cache.tables import TableReads
    from tenants.database.statements import Write


class _Table(NamedTuple):
    """What a model says of its table."""

    is_tenant_owned: bool
    is_observed: bool
    unobserved_columns: frozenset[str]


@cache
def _known_tables() -> dict[str, _Table]:
    return {
        model._meta.db_table: _Table(
            is_tenant_owned(model._meta.app_label),
            getattr(model, "is_observed", True),
            frozenset(getattr(model, "unobserved_columns", ())),
        )
        for model in apps.get_models(include_auto_created=True)
    }


def observe_read(reads: TableReads, query: Query, tenant_id: str) -> None:
    """Note what a statement reads.

    Args:
        reads: where to.
        query: the statement.
        tenant_id: whose scope it runs in; empty outside any.
    """
    names = tables_read(query) if isinstance(query, str) else None
    known = _known_tables()
    if names is None or not names - known.keys() <= common_tables(str(query)):
        reads.doubt()
        return
    for name in names & known.keys():
        if not known[name].is_observed:
            reads.doubt()
        elif not known[name].is_tenant_owned:
            reads.note(NOBODY, name)
        elif tenant_id:
            reads.note(tenant_id, name)
        else:  # whose rows they are is not known
            reads.doubt()


class TransactionChanges:
    """The stamps that the open transaction makes others of, once it commits."""

    def __init__(self) -> None:
        self._stamps: set[Stamp] = set()

    def note(self, query: Query, tenant_id: str, *, is_owner: bool) -> None:
        """Note what a statement may change.

        Args:
            query: the statement.
            tenant_id: whose scope it runs in; empty outside any.
            is_owner: whether row-level security leaves it everybody's rows.
        """
        writes = writes_of(query) if isinstance(query, str) else (ANYTHING,)
        for write in writes:
            self._stamps |= _changed_by(write, ANY_TENANT if is_owner else tenant_id)

    def forget(self) -> None:
        """Nothing of the transaction is committed."""
        self._stamps.clear()

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Commit within the block: nothing that was kept before counts from here on.

        Also what others keep while the block runs counts no more after it: they may have read
        what was there before the commit.
        """
        stamps, self._stamps = self._stamps, set()
        if not stamps:
            yield
            return
        table_stamps.announce(stamps)
        try:
            yield
        finally:
            table_stamps.conclude(stamps)


def _changed_by(write: Write, owner: str) -> set[Stamp]:
    table = _known_tables().get(write.table or "")
    if table is None:
        return {Stamp(NOBODY, EVERYTHING), Stamp(owner, EVERYTHING)}
    if not table.is_observed:
        return set()
    if write.columns and write.columns <= table.unobserved_columns:
        return set()
    if not table.is_tenant_owned:
        owner = NOBODY
    elif owner == ANY_TENANT:
        return {Stamp(ANY_TENANT, EVERYTHING)}
    return {Stamp(owner, f"{write.table}{ADDED if write.only_adds else ''}")}
