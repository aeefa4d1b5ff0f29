from __future__ import annotations

import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db import transaction

from iac_platform.cache.counters import (
    CACHE_ERRORS,
    CACHE_HITS,
    CACHE_INVALIDATIONS,
    CACHE_MISSES,
)
from iac_platform.cache.encoding import decode, encode
from iac_platform.cache.invalidation import UnsentStamps
from iac_platform.cache.keys import checked_key, checked_namespace
from iac_platform.cache.statistics import Statistics, Tally
from iac_platform.cache.stores import CacheUnavailable, current_store

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_TTL = 7 * 24 * 3600
_STAMP_TTL = 30 * 24 * 3600
_STAMP_BYTES = 16
_LOCK_SECONDS = 10.0
_TICKET_SECONDS = 3600.0
_FIRST_WAIT, _LONGEST_WAIT = 0.005, 0.1

_unsent = UnsentStamps()
_tally = Tally()


class _Lookup(NamedTuple):
    found: bool
    value: Any
    stamp: bytes | None


class CacheService:
    """Values that are dear to compute and may be lost at any time.

    A value lives in a *namespace*, which is invalidated as a whole by replacing its
    version stamp: each value carries the stamp it was made under and counts only while
    that is the current one, so there is nothing to search and delete, and a value made
    from data read before an invalidation never survives it. Stamps are random: one that
    Redis lost cannot come back.

    Values are what JSON can say, or bytes. Time to live is in seconds, at most a week.
    When Redis does not answer, nothing is found and nothing is kept, and no error rises.
    Every method raises :class:`~iac_platform.cache.CacheWithoutTenant` on a tenant's
    cache where no tenant is known.
    """

    def __init__(self, prefix: Callable[[], str]) -> None:
        self._prefix = prefix

    def get(self, namespace: str, key: str, default: Any = None) -> Any:
        """The value, or ``default``; one round trip."""
        lookup = self._counted_lookup(namespace, key)
        return lookup.value if lookup.found else default

    def set(
        self, namespace: str, key: str, value: Any, *, ttl: float, stamp: bytes | None = None
    ) -> None:
        """Keep a value.

        Args:
            namespace: what it is invalidated with.
            key: its name there.
            value: anything JSON can say, or bytes.
            ttl: seconds it may be served.
            stamp: what :meth:`stamp` returned before the value's data was read; without
                it, an invalidation between the read and this call goes unnoticed.

        Raises:
            TypeError: JSON cannot say the value.
            ValueError: the ttl is not within ``MAX_TTL``.
        """
        data, full = encode(value), self._key("e", namespace, key)
        ttl = _checked_ttl(ttl)
        stamp = stamp or self.stamp(namespace)
        if stamp is not None:
            self._attempt("set", lambda: current_store().write(full, stamp + data, ttl), None)

    def stamp(self, namespace: str) -> bytes | None:
        """The namespace's current stamp; None when Redis does not answer.

        Read it before the query whose result is to be cached, and pass it to :meth:`set`.
        """
        return self._attempt("stamp", lambda: _ensure_stamp(self._key("s", namespace)), None)

    def get_or_set(
        self,
        namespace: str,
        key: str,
        build: Callable[[], T],
        *,
        ttl: float,
        wait: float = 2.0,
    ) -> T:
        """The value, built by one caller while the others wait for it.

        Args:
            namespace: what it is invalidated with.
            key: its name there.
            build: computes the value; what it raises reaches the caller, and nothing is kept.
            ttl: seconds it may be served.
            wait: seconds to wait for another caller's value before building it here.
        """
        lookup = self._counted_lookup(namespace, key)
        if lookup.found:
            return lookup.value  # type: ignore[no-any-return]  # what build returned before
        lock, token = self._key("l", namespace, key), secrets.token_hex(8).encode()
        try:
            lookup = self._await_turn(namespace, key, (lock, token), wait)
            if lookup.found:
                return lookup.value  # type: ignore[no-any-return]  # likewise
            stamp = lookup.stamp or self.stamp(namespace)
            value = build()
            if stamp is not None:
                self.set(namespace, key, value, ttl=ttl, stamp=stamp)
            return value
        finally:
            self._attempt("unlock", lambda: current_store().delete_if(lock, token), None)

    def write_through(self, namespace: str, key: str, write: Callable[[], T], *, ttl: float) -> T:
        """Run ``write``, which stores a value elsewhere and returns it, and cache it on commit.

        Of several writers at once, only the last to start may leave its value in the
        cache; any other removes what is there, because the order of their commits is
        unknown. A rollback leaves the cache as it was.
        """
        ticket_key, entry = self._key("w", namespace, key), self._key("e", namespace, key)
        ticket = self._attempt("ticket", lambda: _take_ticket(ticket_key), None)
        stamp = self.stamp(namespace)
        value = write()
        if ticket is None or stamp is None:
            _when_committed(partial(_forget_all, self._key("s", namespace)))
        else:
            data, checked = stamp + encode(value), _checked_ttl(ttl)
            _when_committed(partial(self._publish, (ticket_key, ticket), entry, data, checked))
        return value

    def invalidate(self, namespace: str) -> None:
        """Make every value of the namespace unreachable, now.

        An invalidation that cannot be delivered is kept and sent before this process
        reads from Redis again.
        """
        _forget_all(self._key("s", namespace))

    def invalidate_on_commit(self, namespace: str) -> None:
        """Invalidate when the current transaction commits, or now if there is none.

        The tenant is the one of this call, whatever the scope is at the commit.
        """
        stamp_key = self._key("s", namespace)
        _when_committed(partial(_forget_all, stamp_key))

    def delete(self, namespace: str, key: str) -> None:
        """Forget one value."""
        full = self._key("e", namespace, key)
        self._attempt("delete", lambda: current_store().delete([full]), 0)

    def delete_by_pattern(self, namespace: str, pattern: str) -> int:
        """Forget the values whose key matches; how many there were.

        ``*`` stands for any characters and ``?`` for one; all else is literal, and the
        tenant and the namespace are never part of the pattern. It walks over all keys of
        the server: prefer :meth:`invalidate` wherever it will do.
        """
        prefix = self._key("e", namespace, "")
        return self._attempt(
            "delete_by_pattern", lambda: current_store().delete_matching(prefix, pattern), 0
        )

    def increment(self, namespace: str, key: str, *, by: int = 1, ttl: float) -> int | None:
        """Raise a counter that ends ``ttl`` seconds after its first step; None without Redis."""
        step = (self._key("c", namespace, key), by, _checked_ttl(ttl))
        counts = self._attempt("increment", lambda: current_store().count([step]), None)
        return counts[0].value if counts else None

    def stats(self) -> Statistics:
        """Hits, misses and keys; zeros when Redis does not answer.

        It walks over all keys of the server: for people and reports, not for requests.
        """
        prefix = self._prefix()

        def read() -> Statistics:
            store = current_store()
            hits, misses = _tally.read(prefix, store)
            return Statistics(hits, misses, store.count_matching(f"{prefix}e:"))

        return self._attempt("stats", read, Statistics(0, 0, 0))

    def _counted_lookup(self, namespace: str, key: str) -> _Lookup:
        lookup = self._lookup(namespace, key)
        (CACHE_HITS if lookup.found else CACHE_MISSES).inc()
        note = partial(_tally.note, self._prefix(), hit=lookup.found)
        self._attempt("tally", lambda: note(store=current_store()), None)
        return lookup

    def _lookup(self, namespace: str, key: str) -> _Lookup:
        stamp_key, entry = self._key("s", namespace), self._key("e", namespace, key)

        def read() -> _Lookup:
            store = current_store()
            _unsent.deliver(store)
            stamp, data = store.read([stamp_key, entry])
            if stamp is None or data is None or data[:_STAMP_BYTES] != stamp:
                return _Lookup(found=False, value=None, stamp=stamp)
            return _Lookup(found=True, value=decode(data[_STAMP_BYTES:]), stamp=stamp)

        return self._attempt("get", read, _Lookup(found=False, value=None, stamp=None))

    def _await_turn(
        self, namespace: str, key: str, lock: tuple[str, bytes], wait: float
    ) -> _Lookup:
        """Wait until another caller has built the value, or until it is this caller's turn."""
        deadline, pause = time.monotonic() + wait, _FIRST_WAIT
        while True:
            taken = partial(current_store().add, *lock, _LOCK_SECONDS)
            mine = self._attempt("lock", taken, otherwise=True)
            lookup = self._lookup(namespace, key)
            if mine or lookup.found or time.monotonic() >= deadline:
                return lookup
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_WAIT)

    def _publish(self, ticket: tuple[str, bytes], entry: str, data: bytes, ttl: float) -> None:
        def publish() -> None:
            store = current_store()
            if not store.write_if(ticket, entry, data, ttl):
                store.delete([entry])

        self._attempt("write_through", publish, None)

    def _attempt(self, operation: str, run: Callable[[], T], otherwise: T) -> T:
        try:
            return run()
        except CacheUnavailable:
            CACHE_ERRORS.labels(operation=operation).inc()
            return otherwise

    def _key(self, kind: str, namespace: str, key: str | None = None) -> str:
        start = f"{self._prefix()}{kind}:{checked_namespace(namespace)}"
        return start if key is None else f"{start}:{checked_key(key)}"


def _ensure_stamp(stamp_key: str) -> bytes:
    store = current_store()
    _unsent.deliver(store)
    (stamp,) = store.read([stamp_key])
    if stamp is not None:
        return stamp
    fresh = _new_stamp()
    if store.add(stamp_key, fresh, _STAMP_TTL):
        return fresh
    (stamp,) = store.read([stamp_key])
    return stamp or fresh


def _when_committed(action: Callable[[], None]) -> None:
    # Outside a transaction Django would open a connection only to learn that.
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(action)
    else:
        action()


def _forget_all(stamp_key: str) -> None:
    CACHE_INVALIDATIONS.inc()
    try:
        current_store().write(stamp_key, _new_stamp(), _STAMP_TTL)
    except CacheUnavailable:
        CACHE_ERRORS.labels(operation="invalidate").inc()
        _unsent.remember(stamp_key)


def _take_ticket(ticket_key: str) -> bytes:
    (count,) = current_store().count([(ticket_key, 1, _TICKET_SECONDS)])
    return str(count.value).encode()


def _new_stamp() -> bytes:
    return secrets.token_hex(_STAMP_BYTES // 2).encode()


def _checked_ttl(ttl: float) -> float:
    if not 0 < ttl <= MAX_TTL:
        raise ValueError(f"A time to live is within 0 and {MAX_TTL} seconds, not {ttl}.")
    return ttl
