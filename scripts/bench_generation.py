"""Measure how long documents of many components take to check and to turn into code.

    python scripts/bench_generation.py

Prints seconds for 10 to 2,000 components, the best of three, and the growth per component.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from blueprints.catalog import documents
from blueprints.catalog.documents import limits
from blueprints.generation import generate
from tests.blueprints.generation.many import many_networks

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTS = (10, 50, 100, 500, 1_000, 2_000)
REPEATS = 3


def seconds(work: Callable[[], object]) -> float:
    """The best of a few times."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Measure each size up to what a document may have."""
    print(f"{'components':>10}  {'checked':>9}  {'generated':>9}  {'ms each':>8}  {'KiB':>7}")
    for count in (each for each in COUNTS if each <= limits.MAX_COMPONENTS):
        raw = many_networks(count)
        valid = documents.validate(raw)

        def code(valid: documents.Document = valid) -> int:
            files = generate(valid, target="terraform", project="p", prefix="bench")
            return sum(len(file.content) for file in files)

        checked = seconds(lambda raw=raw: documents.validate(raw))  # type: ignore[misc]
        generated = seconds(code)
        each = (checked + generated) / count * 1000
        size = code() / 1024
        print(f"{count:>10}  {checked:>7.3f} s  {generated:>7.3f} s  {each:>8.2f}  {size:>7.0f}")


if __name__ == "__main__":
    main()
