"""The cache's patterns, one by one, as one would use them: to be read as documentation.

``cache`` over the run's real Redis; ``docs/cache.md`` says which pattern is for what. What else
the cache promises is tested in ``tests/iac_platform/cache/``.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from django_redis.cache import RedisCache

from iac_platform.cache import cache, erasure
from iac_platform.cache.keys import CURRENT_TENANT, prefix_of
from tests.ci import skip_where_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redis import Redis

TIMEOUT_SECONDS = 10.0


@pytest.fixture(autouse=True)
def tenant() -> Iterator[UUID]:
    """Whose values are cached: somebody whom no other test knows."""
    if not isinstance(caches["default"], RedisCache):
        skip_where_missing("needs REDIS_URL")
    tenant = uuid4()
    with CURRENT_TENANT.overridden(lambda: tenant):
        yield tenant
    erasure.forget(tenant)


@pytest.fixture
def redis() -> Redis:
    """What the cache talks to, for a look past it."""
    return cast("Redis", caches["default"].client.get_client(write=True))  # type: ignore[attr-defined]  # django-redis's


class Table:
    """Stands for what is slow and true: a table of users, who asks it is counted."""

    def __init__(self, **rows: str) -> None:
        self.rows = rows
        self.reads = 0

    def read(self, key: str) -> dict[str, str]:
        self.reads += 1
        return {"name": self.rows[key]}

    def write(self, key: str, name: str) -> dict[str, str]:
        self.rows[key] = name
        return {"name": name}


def test_cache_aside() -> None:
    """Look into the cache; on a miss read what is true, and keep it for the next who asks."""
    users = Table(john="John")

    def name_of(key: str) -> dict[str, str]:
        found: dict[str, str] | None = cache.get("users", key)
        if found is None:
            stamp = cache.stamp("users")  # before the data is read: see docs/cache.md
            found = users.read(key)
            cache.set("users", key, found, ttl=300, stamp=stamp)
        return found

    assert [name_of("john") for _ in range(3)] == [{"name": "John"}] * 3
    assert users.reads == 1


def test_get_or_set() -> None:
    """The same in one call."""
    users = Table(john="John")

    def name_of(key: str) -> dict[str, str]:
        return cache.get_or_set("users", key, lambda: users.read(key), ttl=300)

    assert [name_of("john") for _ in range(3)] == [{"name": "John"}] * 3
    assert users.reads == 1


def test_write_through() -> None:
    """Write what is true and the cache together: whoever asks next finds what was written."""
    users = Table(jane="Jane")
    cache.set("users", "jane", users.read("jane"), ttl=300)
    cache.write_through("users", "jane", lambda: users.write("jane", "Janet"), ttl=300)
    assert cache.get("users", "jane") == {"name": "Janet"} == users.read("jane")


def test_write_through_keeps_nothing_of_a_write_that_failed() -> None:
    cache.set("users", "jane", {"name": "Jane"}, ttl=300)
    with pytest.raises(ZeroDivisionError):
        cache.write_through("users", "jane", lambda: 1 // 0, ttl=300)
    assert cache.get("users", "jane") == {"name": "Jane"}


def test_invalidation_by_namespace() -> None:
    """All values of a namespace at once, however many: what was kept counts no more."""
    for key in ("1", "2"):
        cache.set("blueprints", key, {"id": key}, ttl=300)
    cache.set("projects", "1", {"id": "1"}, ttl=300)
    cache.invalidate("blueprints")
    assert [cache.get("blueprints", key) for key in ("1", "2")] == [None, None]
    assert cache.get("projects", "1") == {"id": "1"}


def test_invalidation_by_pattern() -> None:
    """The values whose keys match, and no other."""
    for key in ("project-1:a", "project-1:b", "project-2:a"):
        cache.set("estimates", key, key, ttl=300)
    assert cache.delete_by_pattern("estimates", "project-1:*") == 2
    assert cache.get("estimates", "project-1:a") is None
    assert cache.get("estimates", "project-1:b") is None
    assert cache.get("estimates", "project-2:a") == "project-2:a"


def test_single_flight() -> None:
    """A stampede: of many who miss at the same moment one asks, and all get its answer."""
    users, callers = Table(john="John"), 32
    together, missed = threading.Barrier(callers), list[int]()

    def build() -> dict[str, str]:
        until(lambda: len(missed) == callers)  # by then nobody can have found it kept
        return users.read("john")

    def ask() -> dict[str, str]:
        together.wait(TIMEOUT_SECONDS)
        assert cache.get("users", "john") is None
        missed.append(1)
        return cache.get_or_set("users", "john", build, ttl=300, wait=TIMEOUT_SECONDS)

    with ThreadPoolExecutor(callers) as pool:
        answers = [pool.submit(ask) for _ in range(callers)]
        assert [each.result(TIMEOUT_SECONDS) for each in answers] == [{"name": "John"}] * callers
    assert users.reads == 1


def test_counter() -> None:
    """Steps that are made at the same time are all counted, and none twice."""
    steps, threads = 50, 8

    def count() -> list[int | None]:
        return [cache.increment("downloads", "page", ttl=300) for _ in range(steps)]

    with ThreadPoolExecutor(threads) as pool:
        counts = [pool.submit(count) for _ in range(threads)]
        seen = sorted(value for each in counts for value in each.result() if value is not None)
    assert seen == list(range(1, steps * threads + 1))


def test_a_counter_ends_as_long_after_its_first_step_as_was_said(
    tenant: UUID, redis: Redis
) -> None:
    cache.increment("downloads", "page", ttl=300)
    assert redis.pexpire(_key(redis, tenant, "page"), 1)
    until(lambda: cache.increment("downloads", "page", ttl=300) == 1)


def test_time_to_live(tenant: UUID, redis: Redis) -> None:
    """It is Redis that ends a value, to the millisecond."""
    cache.set("sessions", "brief", "value", ttl=12.5)
    left = redis.pttl(_key(redis, tenant, "brief"))
    assert 2_500 < left <= 12_500  # milliseconds; no machine is that slow


def test_expiry() -> None:
    """A value whose time is over is as if it had never been there."""
    cache.set("sessions", "brief", "value", ttl=0.05)
    cache.set("sessions", "long", "value", ttl=300)
    until(lambda: cache.get("sessions", "brief") is None)
    assert cache.get("sessions", "long") == "value"
    assert cache.get_or_set("sessions", "brief", lambda: "made anew", ttl=300) == "made anew"


def test_statistics() -> None:
    """What came of the lookups, and how many values there are."""
    cache.set("users", "john", 1, ttl=300)
    cache.set("users", "jane", 2, ttl=300)
    for key in ("john", "john", "jack"):
        cache.get("users", key)
    assert cache.stats() == (2, 1, 2)
    stats = cache.stats()
    assert stats.hits / (stats.hits + stats.misses) == pytest.approx(2 / 3)


def test_values_of_tenants_are_apart(tenant: UUID) -> None:
    """Each of the patterns is a tenant's own: another finds nothing, and counts from nothing."""
    cache.set("users", "john", 1, ttl=300)
    cache.increment("downloads", "page", ttl=300)
    other = uuid4()
    with CURRENT_TENANT.overridden(lambda: other):
        assert cache.get("users", "john") is None
        assert cache.increment("downloads", "page", ttl=300) == 1
        assert cache.delete_by_pattern("users", "*") == 0
    erasure.forget(other)
    assert tenant != other
    assert cache.get("users", "john") == 1


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as it is so."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"


def _key(redis: Redis, tenant: UUID, name: str) -> bytes:
    (key,) = redis.scan_iter(f"{prefix_of(tenant)}*:{name}", count=10_000)
    return cast("bytes", key)
