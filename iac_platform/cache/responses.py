"""Answers as bytes, kept under the stamps of the tables that they were made from.

Two things are kept of a request: who asks, with a digest of the rights that they have, found by
what they show; and the answer, found by what is asked and by that digest. So an answer is given to
all who would be given the same. Each counts as long as the stamps that it was made from.

One round trip finds both, compares their stamps, raises the counters of whoever asks and returns
the answer. When Redis does not answer, nothing is found and nothing is kept. Without Redis
(``stores.local``) nothing is kept at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from iac_platform.cache.counters import CACHE_ERRORS
from iac_platform.cache.keys import prefix_of
from iac_platform.cache.stores import (
    AnswerEntry,
    CacheUnavailable,
    CallerEntry,
    Count,
    current_store,
)
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
    from collections.abc import Set as AbstractSet
    from uuid import UUID

LIFETIME: Final = 60.0
"""Seconds that an answer is kept at most, though nothing it was made from has changed."""
MAX_BYTES: Final = 256 * 1024
# Of stamps that nothing is kept under: whoever is not let in may name any tenant.
_UNUSED_TTL: Final = 2 * LIFETIME


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


class ResponseKey(NamedTuple):
    """What somebody asks, as far as it says where the answer may be kept.

    Attributes:
        tenant: whose answers may hold it.
        caller: a digest of all that is shown to be let in.
        address: a digest of all else that may make another answer.
    """

    tenant: UUID
    caller: str
    address: str

    @property
    def caller_key(self) -> str:
        """Where it is kept who asks."""
        return f"{prefix_of(self.tenant)}c:{self.caller}"

    @property
    def answer_affixes(self) -> tuple[str, str]:
        """What stands around the caller's rights in the key of the answer."""
        return f"{prefix_of(self.tenant)}a:", f":{self.address}"


class Metadata(NamedTuple):
    """What belongs to an answer beside its body: what is the caller's, and what is everybody's."""

    caller: bytes
    answer: bytes


class Dependencies(NamedTuple):
    """What it was made from who asks, and what they were answered, as ``Lookup.of`` returns it."""

    caller: Mapping[str, Mapping[str, str]]
    answer: Mapping[str, Mapping[str, str]]


class CachedResponse(NamedTuple):
    """An answer that still counts, and the caller's counters after this use."""

    metadata: Metadata
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

    def of(self, stamps: AbstractSet[Stamp]) -> dict[str, dict[str, str]] | None:
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


def look_up(key: ResponseKey) -> Lookup:
    """Find the answer that is kept for what is asked, by whoever asks it.

    The counters are raised only if there is one, and all of them allow it.
    """
    store, owner = current_store(), str(key.tenant)
    keys = (key.caller_key, stamps_key(owner), stamps_key(NOBODY))
    try:
        unsent.deliver(store)
        found = store.read_answer(keys, key.answer_affixes, fresh_stamp(), _UNUSED_TTL)
    except CacheUnavailable:
        CACHE_ERRORS.labels(operation="get").inc()
        return NOTHING
    if found is None:
        return NOTHING
    if found.answer is not None:
        *metadata, body = found.answer
        return Lookup(CachedResponse(Metadata(*metadata), body, found.counts))
    if found.stamps is None:
        return NOTHING
    return Lookup(stamps=dict(zip((owner, NOBODY), found.stamps, strict=True)))


def store(  # all of it makes one answer
    key: ResponseKey,
    *,
    rights: str,
    metadata: Metadata,
    body: bytes,
    dependencies: Dependencies,
    counters: Sequence[Counter],
    ttl: float,
) -> None:
    """Keep an answer, and who asked for it.

    Args:
        key: what :func:`look_up` finds them by.
        rights: of the caller; whoever has the same is answered so.
        metadata: what belongs to the answer beside the body.
        body: its bytes.
        dependencies: what they were made from.
        counters: what each use by this caller raises.
        ttl: seconds, at most ``LIFETIME``.
    """
    before, after = key.answer_affixes
    owners = (str(key.tenant), NOBODY)
    depends_on = [[dict(source[owner]) for owner in owners] for source in dependencies]
    steps = [
        (each.key, -1 if each.limit is None else each.limit, each.seconds) for each in counters
    ]
    try:
        current_store().write_answer(
            (key.caller_key, f"{before}{rights}{after}", stamps_key(owners[0]), stamps_key(NOBODY)),
            CallerEntry(rights, metadata.caller, depends_on[0], steps),
            AnswerEntry(metadata.answer, body, depends_on[1]),
            min(ttl, LIFETIME),
            STAMPS_TTL,
        )
    except CacheUnavailable:
        CACHE_ERRORS.labels(operation="set").inc()
