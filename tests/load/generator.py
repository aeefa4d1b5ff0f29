"""The load generator: locust, without its web page, in an environment of its own."""

from __future__ import annotations

import os
import resource
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deployment.local.virtualenv import ROOT
from tests.load.errors import LoadTestError
from tests.load.plan import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.load.scenarios import Scenario

PYTHON = ROOT / ".venv-load" / "bin" / "python"
PREFIX = "locust"
"""What the names of locust's files of results begin with."""
SPARE_FILES = 500
SECONDS_TO_ANSWER = 70
"""Given at the end to requests that wait for their answer: longer than users wait themselves."""
SECONDS_TO_END = 60


def require(users: int) -> None:
    """Have locust, and enough file descriptors for a connection of each user on both sides.

    Raises:
        LoadTestError: something is missing; it says what to do.
    """
    if not PYTHON.exists():
        raise LoadTestError("locust is not installed: make load-tools.")
    needed = users + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise LoadTestError(
            f"{users:,} users need {needed:,} open files, and the limit here is {hard:,}: raise it "
            f"as root (ulimit -Hn {needed}, or LimitNOFILE= of the service), or take fewer USERS."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


@contextmanager
def locust(
    scenario: Scenario, *, url: str, plan: Path, results: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start locust; it is ended with the block if it still runs then.

    Args:
        scenario: how many users, how fast and for how long.
        url: of the platform.
        plan: the file of the plan.
        results: the folder that gets its CSV files and its log.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: str(plan)}
    with (results / "locust.log").open("wb") as log:
        # In a session of its own: Ctrl-C is ours to pass on, once.
        process = subprocess.Popen(  # noqa: S603  # our own command
            _command(scenario, url, results),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _command(scenario: Scenario, url: str, results: Path) -> list[str]:
    spread = ("--processes", str(scenario.processes)) if scenario.processes > 1 else ()
    return [
        *(str(PYTHON), "-m", "locust", "--locustfile", "tests/load/locustfile.py"),
        *("--headless", "--only-summary", "--host", url),
        *("--users", str(scenario.users), "--spawn-rate", str(scenario.spawn_rate)),
        *("--run-time", f"{scenario.seconds}s", "--stop-timeout", str(SECONDS_TO_ANSWER)),
        *("--csv", str(results / PREFIX), "--exit-code-on-error", "0"),
        *spread,
    ]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
