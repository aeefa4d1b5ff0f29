"""Sizes are neutral words or a cloud's own names, and a misspelt word is neither."""

from __future__ import annotations

import re

import pytest

from blueprints.catalog.component_types.base import NEUTRAL_SIZES
from blueprints.catalog.component_types.machines import SIZE


@pytest.mark.parametrize(
    "name",
    [*NEUTRAL_SIZES, "m7g.large", "db.t4g.micro", "Standard_D2s_v5", "e2-standard-2"],
)
def test_neutral_sizes_and_the_names_of_clouds_are_taken(name: str) -> None:
    assert re.search(SIZE, name)


@pytest.mark.parametrize("name", ["smal", "Large", "", "m7g large", "m7g.", ".large", "x${y}"])
def test_misspelt_sizes_are_refused(name: str) -> None:
    assert not re.search(SIZE, name)
