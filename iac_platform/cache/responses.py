"""Answers as bytes, kept under the stamps of the tables that they were made from.

One round trip finds an answer, compares its stamps, raises the counters of whoever asks and
returns it. When Redis does not answer, nothing is found and nothing is kept. Without Redis
(``stores.local``) nothing is kept at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from iac_platform.cache.counters import CACHE_ERRORS
from iac_platform.cache.keys import prefix_of
from iac_platform.cache.stores import CacheUnavailable, Count, current_store
from iac_platform.cache.table_stamps import (
    BASE,
    STAMPS_TTL,
    fresh_stamp,
    is_changing,
    stamps_key,
    unsent,
)
from iac_platform.cache.tables import NOBODY, Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

LIFETIME: Final = 60.0
"""Seconds that an answer is kept at most, though nothing it was made from has changed."""
MAX_BYTES: Final = 256 * 1024


class Counter(NamedTuple):
    """A counter that every use of an answer raises, as the one who made it was counted.

    Attributes:
        key: the complete key.
        limit: up to which it may be used; None for no limit.
        seconds: of its window.
    """

    key: str
    limit: int | None
    seconds: float


class CachedResponse(NamedTuple):
    """An answer that still counts, and the counters after this use."""

    head: bytes
    body: bytes
    counts: Sequence[Count]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found under a key.

    Attributes:
        cached: the response; None when there is none that counts.
        stamps: what the stamps were, by owner, before anything was read; None when no answer
            may be kept now.
    """

    cached: CachedResponse | None = None
    stamps: Mapping[str, Mapping[str, str]] | None = field(default=None)

    def of(self, stamps: set[Stamp]) -> dict[str, dict[str, str]] | None:
        """The values of these stamps, by owner; None if an answer made from them may not be kept.

        It may not while one of them changes, nor when it was made from another tenant's rows.
        """
        if self.stamps is None or not {stamp.owner for stamp in stamps} <= self.stamps.keys():
            return None
        found: dict[str, dict[str, str]] = {
            owner: {BASE: known[BASE]} for owner, known in self.stamps.items()
        }
        for owner, name in stamps:
            found[owner][name] = self.stamps[owner].get(name, "")
        changing = (is_changing(value) for values in found.values() for value in values.values())
        return None if any(changing) else found


NOTHING: Final = Lookup()


def look_up(tenant: UUID, key: str) -> Lookup:
    """Find the answer that is kept for a tenant under a key.

    The counters are raised only if there is one, and all of them allow it.
    """
    store, owner = current_store(), str(tenant)
    keys = (f"{prefix_of(tenant)}a:{key}", stamps_key(owner), stamps_key(NOBODY))
    try:
        unsent.deliver(store)
        found = store.read_answer(keys, fresh_stamp(), STAMPS_TTL)
    except CacheUnavailable:
        CACHE_ERRORS.labels(operation="get").inc()
        return NOTHING
    if found is None:
        return NOTHING
    if found.answer is not None:
        return Lookup(CachedResponse(*found.answer, found.counts))
    if found.stamps is None:
        return NOTHING
    return Lookup(stamps=dict(zip((owner, NOBODY), found.stamps, strict=True)))


def store(  # all of it makes one answer
    tenant: UUID,
    key: str,
    *,
    head: bytes,
    body: bytes,
    made_from: Mapping[str, Mapping[str, str]],
    counters: Sequence[Counter],
    ttl: float,
) -> None:
    """Keep an answer.

    Args:
        tenant: whose it is.
        key: what :func:`look_up` finds it by.
        head: what belongs to it beside the body.
        body: its bytes.
        made_from: as :meth:`Lookup.of` returned it.
        counters: what each use raises.
        ttl: seconds, at most ``LIFETIME``.
    """
    values = [dict(made_from[owner]) for owner in (str(tenant), NOBODY)]
    try:
        current_store().write_answer(
            f"{prefix_of(tenant)}a:{key}",
            (head, body),
            values,
            [
                (counter.key, -1 if counter.limit is None else counter.limit, counter.seconds)
                for counter in counters
            ],
            min(ttl, LIFETIME),
        )
    except CacheUnavailable:
        CACHE_ERRORS.labels(operation="set").inc()
