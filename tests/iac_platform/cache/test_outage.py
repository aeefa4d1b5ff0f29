from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, cast

import pytest
from django.core.cache import cache as django_cache
from django.core.cache import caches

from iac_platform.cache import CacheUnavailable, cache, ledger
from iac_platform.cache.health import cache_answers

if TYPE_CHECKING:
    from uuid import UUID

    from structlog.testing import LogCapture

    from iac_platform.cache.breaker import Breaker
    from tests.iac_platform.cache.redis_server import RedisServer

pytestmark = pytest.mark.usefixtures("tenant")


def _breaker() -> Breaker:
    client = caches["default"].client.get_client(write=True)  # type: ignore[attr-defined]  # django-redis's
    return cast("Breaker", client.connection_pool.breaker)


def test_without_redis_nothing_is_found_and_no_error_rises(doomed_redis: RedisServer) -> None:
    cache.set("things", "one", 1, ttl=60)
    assert cache.get("things", "one") == 1
    doomed_redis.kill()
    assert cache.get("things", "one") is None
    cache.set("things", "one", 2, ttl=60)
    cache.delete("things", "one")
    assert cache.get_or_set("things", "one", lambda: "built", ttl=60) == "built"
    assert cache.write_through("things", "one", lambda: "written", ttl=60) == "written"
    assert cache.delete_by_pattern("things", "*") == 0
    assert cache.increment("hits", "page", ttl=60) is None
    assert cache.stats() == (0, 0, 0)


def test_without_redis_a_ledger_says_so(doomed_redis: RedisServer) -> None:
    assert ledger.add("keys", "one", {"state": "running"}, ttl=60)
    doomed_redis.kill()
    with pytest.raises(CacheUnavailable) as caught:
        ledger.add("keys", "two", {}, ttl=60)
    assert str(doomed_redis.port) not in caught.value.detail
    with pytest.raises(CacheUnavailable):
        ledger.read("keys", "one")
    with pytest.raises(CacheUnavailable):
        cache_answers()


def test_without_redis_third_party_code_finds_nothing(doomed_redis: RedisServer) -> None:
    django_cache.set("one", {"a": 1})
    assert django_cache.get("one") == {"a": 1}
    doomed_redis.kill()
    assert django_cache.get("one") is None
    django_cache.set("one", {"a": 1})


def test_the_cache_works_again_when_redis_is_back(doomed_redis: RedisServer) -> None:
    doomed_redis.kill()
    assert cache.get("things", "one") is None
    doomed_redis.start()
    assert cache.get("things", "one") is None
    _breaker().reset()
    cache.set("things", "one", 1, ttl=60)
    assert cache.get("things", "one") == 1
    cache_answers()


def test_a_hanging_redis_costs_one_time_out_and_one_log_line(
    doomed_redis: RedisServer, log: LogCapture
) -> None:
    cache.set("things", "one", 1, ttl=60)
    doomed_redis.freeze()
    started = time.monotonic()
    try:
        for _ in range(200):
            assert cache.get("things", "one") is None
    finally:
        doomed_redis.thaw()
    assert time.monotonic() - started < 1.5
    assert [entry["event"] for entry in log.entries] == ["cache_unavailable"]


def test_an_invalidation_during_an_outage_is_made_up_for(doomed_redis: RedisServer) -> None:
    cache.set("permissions", "ann", "all", ttl=60)
    doomed_redis.freeze()
    # The first command waits in the socket, where a thawed Redis finds it. The breaker
    # keeps the second one here.
    assert cache.get("others", "ann") is None
    cache.invalidate("permissions")
    doomed_redis.thaw()
    _breaker().reset()
    assert cache.get("permissions", "ann") is None
    cache.set("permissions", "ann", "none", ttl=60)
    assert cache.get("permissions", "ann") == "none"


def test_a_redis_that_lost_everything_brings_nothing_stale_back(
    doomed_redis: RedisServer, tenant: UUID
) -> None:
    cache.set("things", "one", 1, ttl=60)
    client = caches["default"].client.get_client(write=True)  # type: ignore[attr-defined]  # django-redis's
    client.delete(f"iac:{{{tenant}}}:s:things")
    assert cache.get("things", "one") is None
    cache.stamp("things")
    assert cache.get("things", "one") is None
    assert doomed_redis.port


def test_values_are_never_pickles(doomed_redis: RedisServer) -> None:
    cache.set("things", "one", {"a": [1]}, ttl=60)
    django_cache.set("two", {"a": [1]})
    client = caches["default"].client.get_client(write=True)  # type: ignore[attr-defined]  # django-redis's
    stored = [client.get(key) for key in client.keys("*") if client.type(key) == b"string"]
    assert any(value.endswith(b'j{"a":[1]}') for value in stored)
    assert b'{"a":[1]}' in stored
    assert not any(value.startswith(b"\x80") for value in stored)
    with pytest.raises(TypeError):
        django_cache.set("three", _Bomb())
    assert doomed_redis.port


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)
