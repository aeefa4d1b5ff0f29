"""``settings.CACHES``, in the two forms the platform knows."""

from __future__ import annotations

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

SOCKET_TIMEOUT_SECONDS = 0.5
# Per process, opened as needed: one for each thread that waits for an answer.
MAX_CONNECTIONS = 256
_KEYS = {
    "KEY_FUNCTION": "iac_platform.cache.keys.tenant_key",
    "REVERSE_KEY_FUNCTION": "iac_platform.cache.keys.original_key",
    "TIMEOUT": 300,
}


def caches(redis_url: str | None) -> dict[str, dict[str, Any]]:
    """Django's cache settings: Redis by its URL, or this process's memory without one."""
    return {"default": _redis(redis_url) if redis_url else _local()}


def _redis(url: str) -> dict[str, Any]:
    return {
        **_KEYS,
        "BACKEND": "django_prometheus.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "OPTIONS": {
            # Third-party code must not fail with the cache; ours has its own rules.
            "IGNORE_EXCEPTIONS": True,
            "SERIALIZER": "iac_platform.cache.encoding.OrjsonSerializer",
            "SOCKET_CONNECT_TIMEOUT": SOCKET_TIMEOUT_SECONDS,
            "SOCKET_TIMEOUT": SOCKET_TIMEOUT_SECONDS,
            "REDIS_CLIENT_CLASS": "iac_platform.cache.breaker.GuardedRedis",
            "CONNECTION_POOL_CLASS": "iac_platform.cache.breaker.GuardedPool",
            # The breaker decides when to ask again; retries would multiply the time-outs.
            "CONNECTION_POOL_KWARGS": {
                "retry": Retry(NoBackoff(), 0),
                "max_connections": MAX_CONNECTIONS,
            },
        },
    }


def _local() -> dict[str, Any]:
    return {
        **_KEYS,
        "BACKEND": "django_prometheus.cache.backends.locmem.LocMemCache",
        "LOCATION": "iac-platform",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
