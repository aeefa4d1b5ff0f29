"""The head of a run shows its seed, and a run with that seed draws the same again."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1]


@settings(max_examples=5, phases=[Phase.generate], database=None)
@given(drawn=st.integers(), chosen=st.randoms(use_true_random=False))
def test_what_is_generated_is_drawn(drawn: int, chosen: random.Random) -> None:
    print("drawn", drawn, chosen.random())  # noqa: T201  # the test below reads it


def test_what_is_chosen_is_drawn() -> None:
    print("drawn", random.random(), random.uniform(0, 1))  # noqa: S311, T201  # likewise


def _run(*options: str) -> tuple[str, list[str]]:
    """The seed that the head of a run shows, and what was drawn in it."""
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "-o", "addopts="]
    ran = subprocess.run(  # noqa: S603  # our own tests
        [*command, *options, "-k", "is_drawn", str(Path(__file__).relative_to(ROOT))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (seed,) = re.findall(r"^Using --randomly-seed=(\d+)$", ran.stdout, re.MULTILINE)
    return seed, re.findall(r"drawn .+", ran.stdout)


def test_a_run_with_the_seed_of_another_draws_the_same() -> None:
    seed, drawn = _run()
    assert len(drawn) > 2
    assert _run(f"--randomly-seed={seed}") == (seed, drawn)
    assert _run(f"--randomly-seed={int(seed) + 1}")[1] != drawn
