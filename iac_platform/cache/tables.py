"""Which tables an answer was made from, and which a transaction has changed.

Whoever keeps answers does not have to know what they depend on: the database backend notes
the tables that are read while an answer is made, and tells at each commit which tables the
transaction has changed. A table has a stamp for each owner of rows in it, the tenant or, for
the shared tables, nobody; an answer counts as long as the stamps of its tables are what they
were before the first of them was read.

Rows that are added and rows that are changed or removed have stamps of their own: an answer that
names its rows by their keys (``reading_by_key``) does not depend on the rows that others add.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY: Final = ""
"""Owns the rows of the shared tables; every other owner is a tenant, by its id as text."""
ANY_TENANT: Final = "*"
"""Owns whatever may be of any tenant."""
EVERYTHING: Final = "*"
"""The name of all stamps of an owner."""
ADDED: Final = "+"
"""Ends the name of the stamp that new rows of a table change."""


class Stamp(NamedTuple):
    """The name of a stamp: whose, and of which table."""

    owner: str
    name: str


class Caller(NamedTuple):
    """Who asks for an answer, as far as the answer may depend on it.

    Attributes:
        rights: equal for callers who are answered alike (``AccessPolicy.fingerprint``).
        stamps: on which it depends who asks and what rights they have.
    """

    rights: str
    stamps: frozenset[Stamp]


class TableReads:
    """What an answer was made from, so far.

    Attributes:
        stamps: the stamps that it depends on.
        is_certain: whether that is all; a statement that cannot be understood makes it False.
        by_key: whether rows are looked up by keys now, which no row that is added later can have.
        listed: tables whose rows are listed nevertheless, so that one that is added counts.
        permissions: names of the permissions that the access policy was asked about.
        caller: who asks, once that is known.
    """

    def __init__(self) -> None:
        self.stamps: set[Stamp] = set()
        self.is_certain = True
        self.by_key = False
        self.listed: frozenset[str] = frozenset()
        self.permissions: set[str] = set()
        self.caller: Caller | None = None

    def note(self, owner: str, table: str) -> None:
        """Note that rows of a table were read."""
        self.stamps.add(Stamp(owner, table))
        if not self.by_key or table in self.listed:
            self.stamps.add(Stamp(owner, table + ADDED))

    def doubt(self) -> None:
        """Note that something was read of which nobody knows what."""
        self.is_certain = False

    def identify(self, rights: str) -> None:
        """Note that what was read up to now tells who asks, and what rights they have."""
        self.caller = Caller(rights, frozenset(self.stamps))


_current: ContextVar[TableReads | None] = ContextVar("table_reads", default=None)


def current_reads() -> TableReads | None:
    """Where to note what is read; None when nobody keeps the answer."""
    return _current.get()


@contextmanager
def noting_reads() -> Iterator[TableReads]:
    """Note all that is read within the block."""
    reads = TableReads()
    token = _current.set(reads)
    try:
        yield reads
    finally:
        _current.reset(token)


@contextmanager
def reading_by_key() -> Iterator[None]:
    """Within the block rows are looked up by keys that no row added later can have."""
    reads = _current.get()
    if reads is None:
        yield
        return
    before, reads.by_key = reads.by_key, True
    try:
        yield
    finally:
        reads.by_key = before
