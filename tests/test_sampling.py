from __future__ import annotations

import pytest

from tests import sampling
from tests.sampling import examples, sampled

CASES = ["apple", "avocado", "banana", "blueberry", "cherry"]


@pytest.fixture
def left_out(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    found: dict[str, int] = {}
    monkeypatch.setattr(sampling, "_left_out", found)
    return found


def test_one_of_each_signature_is_tried_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch, left_out: dict[str, int]
) -> None:
    monkeypatch.setattr(sampling, "FULL", False)
    assert sampled("fruits", CASES, by=lambda name: name[0]) == ["apple", "banana", "cherry"]
    assert examples("of fruits", full=20, few=8) == 8
    assert left_out == {"fruits": 2, "examples a test of fruits": 12}


def test_a_full_run_leaves_nothing_out(
    monkeypatch: pytest.MonkeyPatch, left_out: dict[str, int]
) -> None:
    monkeypatch.setattr(sampling, "FULL", True)
    assert sampled("fruits", CASES, by=lambda name: name[0]) == CASES
    assert examples("of fruits", full=20, few=8) == 20
    assert left_out == {}


def test_a_sample_of_nothing_is_a_mistake(left_out: dict[str, int]) -> None:
    with pytest.raises(AssertionError, match="there are no fruits"):
        sampled("fruits", [], by=lambda name: name)
    assert left_out == {}
