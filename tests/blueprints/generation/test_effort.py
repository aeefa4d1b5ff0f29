"""Code comes while somebody waits: the work grows with the document and no faster.

``scripts/bench_generation.py`` prints the times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import validate
from blueprints.generation import generate
from tests.blueprints.generation.many import many_networks, one_network
from tests.effort import calls_of

if TYPE_CHECKING:
    from collections.abc import Callable


def work(raw: dict[str, Any]) -> Callable[[], object]:
    return lambda: generate(validate(raw), target="terraform", project="p", prefix="shop")


@pytest.mark.parametrize(
    "shape", [many_networks, one_network], ids=["many networks", "one network"]
)
def test_the_work_grows_in_step_with_the_number_of_components(
    shape: Callable[[int], dict[str, Any]],
) -> None:
    few, many = work(shape(60)), work(shape(600))
    few()  # what is prepared once is not counted
    assert calls_of(many) < 10 * calls_of(few) * 1.2
