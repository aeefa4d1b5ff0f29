"""Invalidations that could not be delivered while Redis was away.

A permission revoked during an outage must not come back with Redis: this process sends
what it owes before it trusts the cache again. Other processes cannot know of it, so an
outage that only some of them saw leaves stale values for at most their time to live;
keep that short where it matters.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iac_platform.cache.stores import Store


class UnsentStamps:
    """Stamps that are to be forgotten as soon as the store answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    def remember(self, key: str) -> None:
        """Note a stamp whose replacement was not delivered."""
        with self._lock:
            self._keys.add(key)

    def deliver(self, store: Store) -> None:
        """Delete every noted stamp, which makes the values under it unreachable.

        Raises:
            CacheUnavailable: the store is still away; nothing is forgotten.
        """
        if not self._keys:
            return
        with self._lock:
            keys = list(self._keys)
        store.delete(keys)
        with self._lock:
            self._keys.difference_update(keys)
