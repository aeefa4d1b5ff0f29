"""The stamps of tables, in Redis: one hash for each owner.

A stamp that nobody has changed yet has no field in the hash; ``base`` stands for all of these. It
is random and made anew when the hash is gone, so that whatever Redis loses, it loses the answers
with it. A change is announced before the commit and concluded after it: whoever reads in between
may see either state and keeps nothing.

What cannot be delivered is sent before this process reads from Redis again. Another process that
reached Redis all the while serves what it keeps until its time to live is over
(``responses.LIFETIME``).
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from iac_platform.cache.counters import CACHE_ERRORS, CACHE_INVALIDATIONS
from iac_platform.cache.invalidation import UnsentStamps
from iac_platform.cache.keys import prefix_of_owner
from iac_platform.cache.stores import CacheUnavailable, current_store
from iac_platform.cache.tables import ANY_TENANT, EVERYTHING, NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iac_platform.cache.tables import Stamp

BASE: Final = "base"
STAMPS_TTL: Final = 30 * 24 * 3600.0
_CHANGING: Final = "!"
# Longer than any COMMIT takes: who announced a change and never concluded it has died.
_ABANDONED_AFTER: Final = 60.0

unsent = UnsentStamps()


def stamps_key(owner: str) -> str:
    """The hash that holds an owner's stamps; what may be anybody's counts as shared."""
    return f"{prefix_of_owner('' if owner in (NOBODY, ANY_TENANT) else owner)}t"


def fresh_stamp() -> str:
    """A stamp that never was and never will be again."""
    return secrets.token_hex(8)


def is_changing(stamp: str) -> bool:
    """Whether a transaction that makes this stamp another commits right now."""
    if not stamp.startswith(_CHANGING):
        return False
    since = float(stamp[1:].partition(":")[0])
    return time.time() - since < _ABANDONED_AFTER


def announce(stamps: Iterable[Stamp]) -> None:
    """Say that a transaction is about to commit changes of these."""
    _write(stamps, f"{_CHANGING}{time.time():.3f}:{fresh_stamp()}")


def conclude(stamps: Iterable[Stamp]) -> None:
    """Say that it has, or has failed to."""
    CACHE_INVALIDATIONS.inc()
    _write(stamps, fresh_stamp())


def _write(stamps: Iterable[Stamp], value: str) -> None:
    changes: dict[str, dict[str, str]] = {}
    for stamp in stamps:
        changes.setdefault(stamps_key(stamp.owner), {})[stamp.name] = value
    lost = {key for key, names in changes.items() if EVERYTHING in names}
    kept = {key: names for key, names in changes.items() if key not in lost}
    try:
        current_store().write_fields(kept, STAMPS_TTL, without=lost)
    except CacheUnavailable:
        CACHE_ERRORS.labels(operation="invalidate").inc()
        for key in changes:
            unsent.remember(key)
        # A server without memory to write still forgets.
        with suppress(CacheUnavailable):
            unsent.deliver(current_store())
