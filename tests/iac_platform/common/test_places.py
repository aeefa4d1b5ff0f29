"""Places for work: how many there are in all, and of one tenant."""

from __future__ import annotations

from uuid import uuid4

import pytest

from iac_platform.common.errors import DomainError
from iac_platform.common.places import Places

ONE, OTHER = uuid4(), uuid4()


class Busy(DomainError):
    def __init__(self) -> None:
        super().__init__("Try again.")


def test_a_tenant_leaves_places_for_others() -> None:
    places = Places(2, 1, Busy)
    with places.taken(ONE):
        with pytest.raises(Busy), places.taken(ONE):
            pytest.fail("one tenant took two")
        with places.taken(OTHER):
            assert places.free == 0
    assert places.free == 2


def test_all_of_them_together_take_no_more_than_there_are() -> None:
    places = Places(2, 2, Busy)
    with places.taken(ONE), places.taken(None), pytest.raises(Busy), places.taken(OTHER):
        pytest.fail("there are two")


def test_without_a_tenant_only_the_sum_counts() -> None:
    places = Places(2, 1, Busy)
    with places.taken(None), places.taken(None):
        assert places.free == 0


def test_what_fails_gives_its_place_back() -> None:
    places = Places(1, 1, Busy)
    with pytest.raises(ValueError, match="broken"), places.taken(ONE):
        raise ValueError("broken")
    assert places.free == 1
