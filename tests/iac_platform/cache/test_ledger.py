from __future__ import annotations

from uuid import uuid4

import pytest

from iac_platform.cache import CacheWithoutTenant, cache, ledger
from tests.iac_platform.cache.conftest import acting_for

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.usefixtures("tenant")
def test_only_the_first_to_add_a_record_succeeds() -> None:
    assert ledger.add("keys", "one", {"state": "running"}, ttl=60)
    assert not ledger.add("keys", "one", {"state": "other"}, ttl=60)
    assert ledger.read("keys", "one") == {"state": "running"}


@pytest.mark.usefixtures("tenant")
def test_a_record_is_replaced_or_removed_only_while_it_says_what_is_expected() -> None:
    ledger.add("keys", "one", "a", ttl=60)
    assert not ledger.replace("keys", "one", "c", expected="b", ttl=60)
    assert ledger.replace("keys", "one", "b", expected="a", ttl=60)
    assert not ledger.remove("keys", "one", expected="a")
    assert ledger.remove("keys", "one", expected="b")
    assert ledger.read("keys", "one") is None


@pytest.mark.usefixtures("tenant")
def test_records_outlive_an_invalidation_of_the_same_name() -> None:
    ledger.write("keys", "one", 1, ttl=60)
    cache.invalidate("keys")
    assert ledger.read("keys", "one") == 1


@pytest.mark.usefixtures("tenant")
def test_counters_are_raised_together_and_say_when_they_end() -> None:
    ledger.count("rates", [("a", 1, 60)])
    first, second = ledger.count("rates", [("a", 1, 10), ("b", 5, 10)])
    assert (first.value, second.value) == (2, 5)
    assert 10 < first.resets_in <= 60
    assert 0 < second.resets_in <= 10


def test_a_ledger_is_its_tenants_own() -> None:
    with acting_for(uuid4()):
        ledger.write("keys", "one", 1, ttl=60)
    with acting_for(uuid4()):
        assert ledger.read("keys", "one") is None
    with pytest.raises(CacheWithoutTenant, match="The cache was used outside any tenant's scope"):
        ledger.read("keys", "one")
