from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.cache import cache as django_cache
from hypothesis import given
from hypothesis import strategies as st

from iac_platform.cache import CacheWithoutTenant
from iac_platform.cache.keys import original_key, tenant_key
from iac_platform.cache.stores.glob import regex
from iac_platform.cache.stores.local import LocalStore
from tests.iac_platform.cache.conftest import acting_for


@pytest.mark.usefixtures("store")
def test_djangos_own_cache_keeps_tenants_apart() -> None:
    with acting_for(uuid4()):
        django_cache.set("one", 1)
        assert django_cache.get("one") == 1
    with acting_for(uuid4()):
        assert django_cache.get("one") is None


@pytest.mark.usefixtures("store")
def test_djangos_own_cache_refuses_to_work_without_a_tenant() -> None:
    with pytest.raises(CacheWithoutTenant, match="The cache was used outside any tenant's scope"):
        django_cache.set("one", 1)


@pytest.mark.usefixtures("store", "tenant")
def test_the_original_key_is_found_again() -> None:
    assert original_key(tenant_key("a:b:c", "prefix", 1)) == "a:b:c"


@pytest.mark.usefixtures("redis")
def test_a_pattern_given_to_djangos_cache_stays_with_the_tenant() -> None:
    first = uuid4()
    with acting_for(first):
        django_cache.set("one", 1)
    with acting_for(uuid4()):
        django_cache.set("one", 1)
        assert django_cache.delete_pattern("*") == 1  # type: ignore[attr-defined]  # django-redis's
    with acting_for(first):
        assert django_cache.get("one") == 1


@given(prefix=st.text(max_size=8), pattern=st.text(alphabet="ab*?[]\\^-!", max_size=8))
def test_whatever_the_pattern_matches_starts_with_the_prefix(prefix: str, pattern: str) -> None:
    store = LocalStore()
    inside = prefix + pattern.replace("*", "xyz").replace("?", "q")
    store.write(inside, b"", 60)
    store.write("zz" + inside, b"", 60)
    assert regex(prefix, pattern).fullmatch(inside)
    store.delete_matching(prefix, pattern)
    assert store.read([inside]) == [None]


def test_a_full_store_lets_go_of_what_was_used_longest_ago() -> None:
    store = LocalStore(max_entries=2)
    store.write("a", b"1", 60)
    store.write("b", b"2", 60)
    store.read(["a"])
    store.write("c", b"3", 60)
    assert store.read(["a", "b", "c"]) == [b"1", None, b"3"]


def test_a_value_ends_with_its_time_to_live() -> None:
    now = [0.0]
    store = LocalStore(clock=lambda: now[0])
    store.write("a", b"1", 10)
    now[0] = 9.9
    assert store.read(["a"]) == [b"1"]
    now[0] = 10
    assert store.read(["a"]) == [None]


def test_a_counter_ends_with_the_time_to_live_of_its_first_step() -> None:
    now = [0.0]
    store = LocalStore(clock=lambda: now[0])
    assert store.count([("a", 1, 10)]) == [(1, 10)]
    now[0] = 6
    assert store.count([("a", 1, 10)]) == [(2, 4)]
    now[0] = 10
    assert store.count([("a", 1, 10)]) == [(1, 10)]
