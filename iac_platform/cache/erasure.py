"""Forgetting everything that is kept for one tenant.

It needs no scope, as the tenant may be gone, and it raises
:class:`~iac_platform.cache.CacheUnavailable` when Redis does not answer: keys that stayed
would be found by nobody later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.cache.keys import prefix_of
from iac_platform.cache.stores import current_store

if TYPE_CHECKING:
    from uuid import UUID


def count_of(tenant_id: UUID) -> int:
    """How many keys are kept for the tenant; walks over all keys of the server."""
    return current_store().count_matching(prefix_of(tenant_id))


def forget(tenant_id: UUID) -> int:
    """Remove the tenant's values, stamps, counters and records; how many keys there were.

    It walks over all keys of the server, a batch at a time, and holds up nobody.
    """
    return current_store().delete_matching(prefix_of(tenant_id), "*")
