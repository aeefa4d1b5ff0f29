from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.load.plan import Plan
from tests.load.scenarios import SCENARIOS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_plan_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    plan = Plan(SCENARIOS[name].short(), seed=3, people=tmp_path / "accounts.json")
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan
