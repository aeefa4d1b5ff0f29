from __future__ import annotations

from iac_platform.cache.stores import current_store


def cache_answers() -> None:
    """Readiness check: return if the cache's server answers.

    Raises:
        CacheUnavailable: it does not.
    """
    current_store().ping()
