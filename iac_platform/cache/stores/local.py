from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from iac_platform.cache.stores import Count
from iac_platform.cache.stores.glob import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from iac_platform.cache.stores import Found

MAX_ENTRIES = 100_000


class LocalStore:
    """Keeps bytes in this process, with Redis's meaning of every operation.

    For development and small installations without Redis: other processes do not see
    it, so invalidation and rate limits hold per process. The entries used longest ago
    make room when it is full.
    """

    def __init__(
        self, max_entries: int = MAX_ENTRIES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._lock = threading.RLock()
        self._max_entries = max_entries
        self._clock = clock

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            return [self._live(key) for key in keys]

    def write(self, key: str, value: bytes, ttl: float) -> None:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            self._entries[key] = (value, self._clock() + ttl)
            self._entries.move_to_end(key)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)

    def add(self, key: str, value: bytes, ttl: float) -> bool:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            if self._live(key) is not None:
                return False
            self.write(key, value, ttl)
            return True

    def write_if(self, guard: tuple[str, bytes], key: str, value: bytes, ttl: float) -> bool:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            if self._live(guard[0]) != guard[1]:
                return False
            self.write(key, value, ttl)
            return True

    def delete(self, keys: Sequence[str]) -> int:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            present = [key for key in keys if self._live(key) is not None]
            for key in present:
                del self._entries[key]
            return len(present)

    def delete_if(self, key: str, value: bytes) -> bool:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            return self._live(key) == value and self.delete([key]) == 1

    def count(self, steps: Sequence[tuple[str, int, float]]) -> list[Count]:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            return [self._step(*step) for step in steps]

    def peek(self, keys: Sequence[str]) -> list[Count]:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            return [self._look(key) for key in keys]

    def delete_matching(self, prefix: str, pattern: str) -> int:
        """See :class:`iac_platform.cache.stores.Store`."""
        matcher = regex(prefix, pattern)
        with self._lock:
            return self.delete([key for key in self._entries if matcher.fullmatch(key)])

    def count_matching(self, prefix: str) -> int:
        """See :class:`iac_platform.cache.stores.Store`."""
        with self._lock:
            keys = [key for key in self._entries if key.startswith(prefix)]
            return sum(self._live(key) is not None for key in keys)

    def write_fields(
        self, hashes: Mapping[str, Mapping[str, str]], ttl: float, *, without: AbstractSet[str]
    ) -> None:
        """Nothing depends on them: other processes could not see them change."""

    def read_answer(
        self,
        keys: tuple[str, str, str],  # noqa: ARG002  # the protocol's
        around: tuple[str, str],  # noqa: ARG002  # likewise
        fresh: str,  # noqa: ARG002  # likewise
        ttl: float,  # noqa: ARG002  # likewise
    ) -> Found | None:
        """No responses are cached here."""
        return None

    def write_answer(self, *_answer: object) -> None:
        """No responses are cached here."""

    def ping(self) -> None:
        """A dictionary always answers."""

    def clear(self) -> None:
        """Forget everything; for tests and development."""
        with self._lock:
            self._entries.clear()

    def _live(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[1] <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def _look(self, key: str) -> Count:
        value = self._live(key)
        if value is None:
            return Count(0, 0)
        return Count(int(value), self._entries[key][1] - self._clock())

    def _step(self, key: str, by: int, ttl: float) -> Count:
        value = int(self._live(key) or b"0") + by
        expires = self._entries[key][1] if key in self._entries else self._clock() + ttl
        remaining = expires - self._clock()
        self.write(key, str(value).encode(), remaining)
        return Count(value, remaining)


process_store = LocalStore()
