from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.cache.encoding import decode, encode
from iac_platform.cache.keys import checked_key, checked_namespace
from iac_platform.cache.stores import Count, current_store
from iac_platform.cache.stores.local import process_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Ledger:
    """Short-lived records that guard an action, such as idempotency keys and counters.

    They are not subject to invalidation, and every method raises
    :class:`~iac_platform.cache.CacheUnavailable` when Redis does not answer: whether to
    go on without the record is for the caller to decide. Time to live is in seconds.
    """

    def __init__(self, prefix: Callable[[], str]) -> None:
        self._prefix = prefix

    def add(self, namespace: str, key: str, value: Any, *, ttl: float) -> bool:
        """Write a record if there is none yet; whether it was written. Atomic."""
        return current_store().add(self.key(namespace, key), encode(value), ttl)

    def read(self, namespace: str, key: str) -> Any | None:
        """The record, or None."""
        (found,) = current_store().read([self.key(namespace, key)])
        return None if found is None else decode(found)

    def write(self, namespace: str, key: str, value: Any, *, ttl: float) -> None:
        """Write a record over whatever is there."""
        current_store().write(self.key(namespace, key), encode(value), ttl)

    def replace(self, namespace: str, key: str, value: Any, *, expected: Any, ttl: float) -> bool:
        """Write a record if it still says what is expected; whether it did. Atomic."""
        full = self.key(namespace, key)
        return current_store().write_if((full, encode(expected)), full, encode(value), ttl)

    def remove(self, namespace: str, key: str, *, expected: Any) -> bool:
        """Strike a record out if it still says what is expected; whether it did. Atomic."""
        return current_store().delete_if(self.key(namespace, key), encode(expected))

    def count(self, namespace: str, steps: Sequence[tuple[str, int, float]]) -> list[Count]:
        """Raise counters by ``(key, by, ttl)`` in one round trip."""
        return current_store().count(
            [(self.key(namespace, key), by, ttl) for key, by, ttl in steps]
        )

    def count_here(self, namespace: str, steps: Sequence[tuple[str, int, float]]) -> list[Count]:
        """As :meth:`count`, in this process alone: for when Redis does not answer."""
        return process_store.count([(self.key(namespace, key), by, ttl) for key, by, ttl in steps])

    def peek(self, namespace: str, keys: Sequence[str]) -> list[Count]:
        """Counters as they stand; one that nobody has raised is nothing, for no time."""
        return current_store().peek([self.key(namespace, key) for key in keys])

    def key(self, namespace: str, key: str) -> str:
        """The complete key of a record, as the store knows it."""
        return f"{self._prefix()}r:{checked_namespace(namespace)}:{checked_key(key)}"
