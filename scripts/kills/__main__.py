"""The inside of ``scripts/bench_kills.py``, run in the environment of its servers."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import django

ROOT = Path(__file__).resolve().parents[2]

if TYPE_CHECKING:
    from works import Work


def main() -> int:
    """Kill each kind of work as often as asked; non-zero when anything was amiss."""
    options = _arguments()
    django.setup()
    from works import works  # noqa: PLC0415  # it imports models

    chosen = {n: work for n, work in works(options.rows).items() if options.only in ("", n)}
    chance = random.Random(options.seed)  # noqa: S311  # chooses moments, not secrets
    print(f"{os.cpu_count()} cores, seed {options.seed}", flush=True)
    return max(_kill_often(name, work, options.kills, chance) for name, work in chosen.items())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--only", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


def _kill_often(name: str, work: Work, kills: int, chance: random.Random) -> int:
    truth = work.prepare()
    duration = _run(work.command, None)
    amiss = work.amiss(truth)
    outcomes: Counter[str] = Counter()
    # A run that ended before its moment came was not killed, and does not count.
    while outcomes["killed"] < kills and outcomes.total() < 3 * kills:
        truth = work.prepare()
        killed = _run(work.command, chance.uniform(0, duration)) < 0
        outcomes["killed" if killed else "ended before"] += 1
        _run(work.command, None)
        amiss += work.amiss(truth)
    print(f"{name}: {dict(outcomes)} within {duration:.2f} s; amiss: {len(amiss)}", flush=True)
    for line in amiss:
        print(f"  {line}")
    return 1 if amiss else 0


def _run(command: tuple[str, ...], kill_after: float | None) -> float:
    """Run a command; seconds of its work, or -1 if it was killed.

    Work begins with the first line that the command prints.
    """
    process = subprocess.Popen(  # noqa: S603  # our own manage.py
        [sys.executable, "-u", "manage.py", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None  # noqa: S101  # asked for above
    process.stdout.readline()
    began = time.perf_counter()
    try:
        process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return -1
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
