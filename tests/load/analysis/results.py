"""The files of one run, read and checked."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.load.errors import LoadTestError
from tests.load.generator import PREFIX
from tests.load.plan import scenario_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.load.scenarios import Scenario

TOTAL = "Aggregated"
"""What locust calls the row of all requests."""


class Requests(NamedTuple):
    """The requests of one name: how many, and how long they took, in milliseconds."""

    name: str
    sent: int
    failures: int
    rate: float
    median: float
    p95: float
    p99: float
    longest: float


class Moment(NamedTuple):
    """One second of a run: users, requests a second, and response times of late."""

    seconds: float
    users: int
    rate: float
    median: float
    p95: float


class Failure(NamedTuple):
    """What went wrong, and how often."""

    name: str
    reason: str
    times: int


class Usage(NamedTuple):
    """What one part used in the second before: cores, and bytes of memory."""

    seconds: float
    cores: float
    memory: int


@dataclass(frozen=True, slots=True)
class Results:
    """One run.

    Attributes:
        about: its ``run.json``.
        scenario: what was done.
        requests: by name.
        total: of all names.
        history: second by second.
        failures: of requests, and of the users themselves.
        usage: by part.
    """

    about: Mapping[str, Any]
    scenario: Scenario
    requests: list[Requests]
    total: Requests
    history: list[Moment]
    failures: list[Failure]
    usage: Mapping[str, list[Usage]]

    def counted(self, source: str, name: str) -> float | None:
        """What the servers counted during the run; None if nobody could be asked."""
        before, after = (self.about[moment][source] for moment in ("before", "after"))
        if before is None or after is None:
            return None
        difference: float = after[name] - before[name]
        return difference


def read_results(folder: Path) -> Results:
    """Read the results of a run.

    Raises:
        LoadTestError: they are missing, empty or damaged; it says which file.
    """
    if not (folder / "run.json").exists():
        raise LoadTestError(f"{folder} has no run.json: no run ended there.")
    try:
        return _read(folder)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise LoadTestError(f"The results in {folder} cannot be read: {error!r}") from error


def _read(folder: Path) -> Results:
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    requests = [_requests(row) for row in _rows(folder / f"{PREFIX}_stats.csv")]
    total = next((each for each in requests if each.name == TOTAL), None)
    if total is None or total.sent == 0:
        raise LoadTestError(f"{folder} holds no requests: see {folder}/locust.log.")
    return Results(
        about=about,
        scenario=scenario_from(about["scenario"]),
        requests=[each for each in requests if each.name != TOTAL],
        total=total,
        history=_history(_rows(folder / f"{PREFIX}_stats_history.csv")),
        failures=_failures(folder),
        usage=_usage(folder / "usage.csv"),
    )


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        raise LoadTestError(f"{file} is missing.")
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _requests(row: dict[str, str]) -> Requests:
    return Requests(
        name=row["Name"],
        sent=int(row["Request Count"]),
        failures=int(row["Failure Count"]),
        rate=float(row["Requests/s"]),
        median=_milliseconds(row["50%"]),
        p95=_milliseconds(row["95%"]),
        p99=_milliseconds(row["99%"]),
        longest=float(row["Max Response Time"]),
    )


def _milliseconds(text: str) -> float:
    """A response time; locust writes N/A where there was no request."""
    return 0.0 if text == "N/A" else float(text)


def _history(rows: list[dict[str, str]]) -> list[Moment]:
    rows = [row for row in rows if row["Name"] == TOTAL]
    began = float(rows[0]["Timestamp"]) if rows else 0.0
    return [
        Moment(
            seconds=float(row["Timestamp"]) - began,
            users=int(row["User Count"]),
            rate=float(row["Requests/s"]),
            median=_milliseconds(row["50%"]),
            p95=_milliseconds(row["95%"]),
        )
        for row in rows
    ]


def _failures(folder: Path) -> list[Failure]:
    of_requests = [
        Failure(row["Name"], row["Error"], int(row["Occurrences"]))
        for row in _rows(folder / f"{PREFIX}_failures.csv")
    ]
    of_users = [
        Failure("(user)", row["Message"], int(row["Count"]))
        for row in _rows(folder / f"{PREFIX}_exceptions.csv")
    ]
    return [*of_requests, *of_users]


def _usage(file: Path) -> dict[str, list[Usage]]:
    """What each part used from one sample to the next; nothing where nothing could be sampled."""
    samples: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(file) if file.exists() else []:
        samples[row["part"]].append(row)
    return {
        part: [_between(earlier, later) for earlier, later in pairwise(rows)]
        for part, rows in samples.items()
    }


def _between(earlier: dict[str, str], later: dict[str, str]) -> Usage:
    seconds = float(later["seconds"]) - float(earlier["seconds"])
    cpu = float(later["cpu_seconds"]) - float(earlier["cpu_seconds"])
    # The times are rounded, and a process that ended is no longer in the sum.
    cores = max(0.0, cpu) / max(seconds, 0.1)
    return Usage(float(later["seconds"]), cores, int(later["memory_bytes"]))
