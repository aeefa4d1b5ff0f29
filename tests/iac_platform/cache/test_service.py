from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import transaction

from iac_platform.cache import CacheWithoutTenant, cache, shared_cache
from iac_platform.cache.service import MAX_TTL
from tests.iac_platform.cache.conftest import acting_for

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize("value", [None, 0, 7, "7", "text", b"7", b"\x00j", [1, {"a": None}], ""])
def test_a_value_comes_back_as_it_was(value: object) -> None:
    cache.set("things", "one", value, ttl=60)
    assert cache.get("things", "one", default="absent") == value


@pytest.mark.usefixtures("tenant")
def test_an_absent_value_is_the_default() -> None:
    assert cache.get("things", "none", default="absent") == "absent"


@pytest.mark.usefixtures("tenant")
def test_a_deleted_value_is_gone_and_its_neighbour_stays() -> None:
    cache.set("things", "one", 1, ttl=60)
    cache.set("things", "two", 2, ttl=60)
    cache.delete("things", "one")
    assert (cache.get("things", "one"), cache.get("things", "two")) == (None, 2)


def test_no_tenant_sees_the_values_of_another() -> None:
    for owner in (first := uuid4(), uuid4()):
        with acting_for(owner):
            cache.set("things", "one", str(owner), ttl=60)
    with acting_for(first):
        assert cache.get("things", "one") == str(first)


def test_the_tenants_cache_refuses_to_work_without_a_tenant() -> None:
    with pytest.raises(CacheWithoutTenant, match="The cache was used outside any tenant's scope"):
        cache.get("things", "one")
    with pytest.raises(CacheWithoutTenant, match="The cache was used outside any tenant's scope"):
        cache.set("things", "one", 1, ttl=60)
    with pytest.raises(CacheWithoutTenant, match="The cache was used outside any tenant's scope"):
        cache.invalidate("things")


def test_the_shared_cache_needs_no_tenant_and_is_no_tenants() -> None:
    key = str(uuid4())
    shared_cache.set("hosts", key, "acme", ttl=60)
    assert shared_cache.get("hosts", key) == "acme"
    with acting_for(uuid4()):
        assert cache.get("hosts", key) is None


@pytest.mark.usefixtures("tenant")
def test_invalidation_reaches_its_namespace_and_no_other() -> None:
    cache.set("things", "one", 1, ttl=60)
    cache.set("others", "one", 2, ttl=60)
    cache.invalidate("things")
    assert (cache.get("things", "one"), cache.get("others", "one")) == (None, 2)


def test_invalidation_reaches_its_tenant_and_no_other() -> None:
    first, second = uuid4(), uuid4()
    for owner in (first, second):
        with acting_for(owner):
            cache.set("things", "one", 1, ttl=60)
    with acting_for(first):
        cache.invalidate("things")
        assert cache.get("things", "one") is None
    with acting_for(second):
        assert cache.get("things", "one") == 1


@pytest.mark.usefixtures("tenant")
def test_a_value_read_before_an_invalidation_is_never_served_after_it() -> None:
    stamp = cache.stamp("things")
    cache.invalidate("things")
    cache.set("things", "one", "stale", ttl=60, stamp=stamp)
    assert cache.get("things", "one") is None
    cache.set("things", "one", "fresh", ttl=60, stamp=cache.stamp("things"))
    assert cache.get("things", "one") == "fresh"


@pytest.mark.usefixtures("tenant")
def test_a_value_built_across_an_invalidation_is_returned_but_not_kept() -> None:
    def build() -> str:
        cache.invalidate("things")
        return "stale"

    assert cache.get_or_set("things", "one", build, ttl=60) == "stale"
    assert cache.get("things", "one") is None


@pytest.mark.usefixtures("committed_tenants")
def test_invalidation_on_commit_keeps_to_the_tenant_that_asked() -> None:
    first, second = uuid4(), uuid4()
    for owner in (first, second):
        with acting_for(owner):
            cache.set("things", "one", 1, ttl=60)
    with acting_for(second), transaction.atomic(), acting_for(first):
        cache.invalidate_on_commit("things")
        assert cache.get("things", "one") == 1
    with acting_for(first):
        assert cache.get("things", "one") is None
    with acting_for(second):
        assert cache.get("things", "one") == 1


@pytest.mark.usefixtures("tenant")
def test_many_callers_at_once_build_a_value_once() -> None:
    builds, started = [], threading.Barrier(8)

    def build() -> str:
        builds.append(1)
        threading.Event().wait(0.05)
        return "built"

    def ask() -> str:
        started.wait()
        return cache.get_or_set("things", "one", build, ttl=60)

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(copy_context().run, ask) for _ in range(8)]
        assert {answer.result() for answer in answers} == {"built"}
    assert len(builds) == 1


@pytest.mark.usefixtures("tenant")
def test_a_failed_build_is_not_kept_and_does_not_block_the_next() -> None:
    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        cache.get_or_set("things", "one", fail, ttl=60)
    assert cache.get_or_set("things", "one", lambda: "built", ttl=60, wait=0) == "built"


@pytest.mark.usefixtures("tenant")
def test_a_caller_that_waited_long_enough_builds_by_itself() -> None:
    def build_and_ask() -> str:
        return cache.get_or_set("things", "one", lambda: "inner", ttl=60, wait=0)

    assert cache.get_or_set("things", "one", build_and_ask, ttl=60) == "inner"


@pytest.mark.usefixtures("committed_tenants", "tenant")
def test_a_write_through_is_served_after_the_commit() -> None:
    with transaction.atomic():
        assert cache.write_through("things", "one", lambda: "new", ttl=60) == "new"
        assert cache.get("things", "one") is None
    assert cache.get("things", "one") == "new"


@pytest.mark.usefixtures("committed_tenants", "tenant")
def test_a_write_through_that_is_rolled_back_leaves_the_old_value() -> None:
    def write_and_fail() -> None:
        with transaction.atomic():
            cache.write_through("things", "one", lambda: "new", ttl=60)
            raise LookupError

    cache.set("things", "one", "old", ttl=60)
    with pytest.raises(LookupError):
        write_and_fail()
    assert cache.get("things", "one") == "old"


@pytest.mark.usefixtures("tenant")
def test_of_two_writers_at_once_the_first_to_start_leaves_nothing_stale() -> None:
    def first_writer() -> str:
        cache.write_through("things", "one", lambda: "second", ttl=60)
        return "first"

    cache.write_through("things", "one", first_writer, ttl=60)
    assert cache.get("things", "one") is None
    cache.write_through("things", "one", lambda: "third", ttl=60)
    assert cache.get("things", "one") == "third"


@pytest.mark.parametrize("pattern", ["*", "?*", "user:*", "*]", "[!x]*", "**"])
def test_no_pattern_deletes_the_values_of_another_tenant(tenant: UUID, pattern: str) -> None:
    cache.set("things", "user:1", 1, ttl=60)
    with acting_for(uuid4()):
        cache.set("things", "user:1", 1, ttl=60)
        cache.delete_by_pattern("things", pattern)
        cache.delete_by_pattern("things", f"../{tenant}:{pattern}")
    assert cache.get("things", "user:1") == 1


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("user:*", {"team:1", "[ab]", "a"}),
        ("user:?", {"user:10", "team:1", "[ab]", "a"}),
        ("[ab]", {"user:1", "user:10", "team:1", "a"}),
        ("\\a", {"user:1", "user:10", "team:1", "[ab]", "a"}),
        ("*", set()),
    ],
)
def test_a_pattern_deletes_what_it_matches_and_nothing_else(pattern: str, left: set[str]) -> None:
    keys = {"user:1", "user:10", "team:1", "[ab]", "a"}
    for key in keys:
        cache.set("things", key, 1, ttl=60)
    cache.set("others", "user:1", 1, ttl=60)
    assert cache.delete_by_pattern("things", pattern) == len(keys - left)
    assert {key for key in keys if cache.get("things", key)} == left
    assert cache.get("others", "user:1") == 1


@pytest.mark.usefixtures("tenant")
def test_a_counter_counts() -> None:
    assert [cache.increment("hits", "page", ttl=60) for _ in range(3)] == [1, 2, 3]
    assert cache.increment("hits", "page", by=10, ttl=60) == 13


@pytest.mark.usefixtures("tenant")
def test_statistics_are_the_tenants_own() -> None:
    cache.set("things", "one", 1, ttl=60)
    cache.set("things", "two", 2, ttl=60)
    cache.get("things", "one")
    cache.get("things", "three")
    cache.get("things", "two")
    with acting_for(uuid4()):
        cache.get("things", "one")
        assert cache.stats() == (0, 1, 0)
    assert cache.stats() == (2, 1, 2)


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize("ttl", [0, -1, MAX_TTL + 1])
def test_a_senseless_time_to_live_is_refused(ttl: float) -> None:
    with pytest.raises(ValueError, match="time to live"):
        cache.set("things", "one", 1, ttl=ttl)


@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize("namespace", ["", "a:b", "A", "*", "a" * 65, "a b"])
def test_a_namespace_that_could_be_mistaken_for_a_key_is_refused(namespace: str) -> None:
    with pytest.raises(ValueError, match="namespace"):
        cache.set(namespace, "one", 1, ttl=60)


@pytest.mark.usefixtures("tenant")
def test_an_over_long_key_is_refused_and_a_long_one_is_not() -> None:
    cache.set("things", "k" * 512, 1, ttl=60)
    assert cache.get("things", "k" * 512) == 1
    with pytest.raises(ValueError, match="512"):
        cache.set("things", "k" * 513, 1, ttl=60)


@pytest.mark.usefixtures("tenant")
def test_what_json_cannot_say_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"not JSON serializable|serializ"):
        cache.set("things", "one", object(), ttl=60)
