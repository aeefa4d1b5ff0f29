"""Hits and misses per tenant, added up over all processes.

Each process keeps a tally and adds it to the store's counters now and then: a round
trip for every lookup would cost as much as the lookup.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from iac_platform.cache.stores import Store

FLUSH_AFTER = 256
_KEPT_SECONDS = 30 * 24 * 3600.0


class Statistics(NamedTuple):
    """What one tenant's cache did in the last 30 days at most, and holds now."""

    hits: int
    misses: int
    keys: int


class Tally:
    """Lookups that this process has not yet added to the store's counters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, prefix: str, *, hit: bool, store: Store) -> None:
        """Count one lookup; every so often, hand the counts to the store."""
        with self._lock:
            self._counts[_key(prefix, "hits" if hit else "misses")] += 1
            due = self._counts.total() >= FLUSH_AFTER
        if due:
            self.flush(store)

    def flush(self, store: Store) -> None:
        """Add everything noted so far to the store's counters."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if counts:
            store.count([(key, by, _KEPT_SECONDS) for key, by in counts.items()])

    def read(self, prefix: str, store: Store) -> tuple[int, int]:
        """Hits and misses of all processes that handed in their counts."""
        self.flush(store)
        hits, misses = store.read([_key(prefix, "hits"), _key(prefix, "misses")])
        return int(hits or 0), int(misses or 0)


def _key(prefix: str, what: str) -> str:
    return f"{prefix}n:{what}"
