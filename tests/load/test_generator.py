from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from tests.load import generator
from tests.load.errors import LoadTestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Open files: the limits of this process, given back afterwards. locust counts as installed."""
    monkeypatch.setattr(generator, "PYTHON", tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_soft_limit_of_open_files_is_raised(limits: tuple[int, int]) -> None:
    low = 1_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, limits[1]))
    generator.require(low)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == low + generator.SPARE_FILES


def test_a_limit_that_is_high_enough_stays(limits: tuple[int, int]) -> None:
    generator.require(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits


def test_too_low_a_hard_limit_says_what_to_do(limits: tuple[int, int]) -> None:
    if limits[1] == resource.RLIM_INFINITY:
        pytest.skip("there is no hard limit here")
    with pytest.raises(LoadTestError, match=r"ulimit -Hn \d+.+or take fewer USERS"):
        generator.require(limits[1])


def test_without_locust_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(generator, "PYTHON", tmp_path / "python")
    with pytest.raises(LoadTestError, match="make load-tools"):
        generator.require(1)
