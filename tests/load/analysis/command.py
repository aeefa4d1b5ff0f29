"""The command line of ``scripts/analyze-load-tests.py``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.load.analysis.graphs import graphs
from tests.load.analysis.results import read_results
from tests.load.analysis.tables import report
from tests.load.analysis.targets import targets
from tests.load.errors import LoadTestError
from tests.load.run import RESULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.load.analysis.results import Results

DESCRIPTION = """\
Turn the results of load tests into a report: a table with pass or fail for each target, the
requests, CPU and memory of each part, and graphs. Prints it, and writes report.md and SVG files
beside the results.
"""
MISSED, UNREADABLE = 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Report on the folders that the command line names.

    Returns:
        0; with ``--strict`` 1 when a target is missed or was not measured; 2 when results are
        missing, empty or damaged.
    """
    options = _arguments(words)
    try:
        found = {folder: read_results(folder) for folder in options.folders or [_newest()]}
    except LoadTestError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    for folder, results in found.items():
        _write(folder, results)
        print(report(results))
        print(f"{folder}/report.md")
    failing = [
        f"{results.scenario.name}: {target.name} {target.verdict}"
        for results in found.values()
        for target in targets(results)
        if target.fails
    ]
    if options.strict and failing:
        print("\n".join(failing), file=sys.stderr)
        return MISSED
    return 0


def _write(folder: Path, results: Results) -> None:
    drawn = graphs(results)
    pictures = "".join(f"\n![{name.removesuffix('.svg')}]({name})\n" for name in drawn)
    (folder / "report.md").write_text(report(results) + pictures, encoding="utf-8")
    for name, graph in drawn.items():
        (folder / name).write_text(graph, encoding="utf-8")


def _newest() -> Path:
    """The run that ended last."""
    ended = sorted(RESULTS.glob("*/run.json"), key=lambda file: file.stat().st_mtime)
    if not ended:
        raise LoadTestError(f"There are no results below {RESULTS}: make load-baseline first.")
    return ended[-1].parent


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="analyze-load-tests.py", description=DESCRIPTION)
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="of a run; by default the newest below var/load/",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="end with status 1 when a target is missed or was not measured",
    )
    return parser.parse_args(words)
