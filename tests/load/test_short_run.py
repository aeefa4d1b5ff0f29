"""A whole load test, from servers of its own to the report, but with few users and short."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from deployment.local.virtualenv import ROOT
from tests.ci import skip_where_missing
from tests.load import generator
from tests.load.analysis.results import read_results
from tests.load.scenarios import BASELINE_MIX

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.needs("postgresql", "pgbouncer", "redis")
def test_users_do_everything_and_nothing_fails(tmp_path: Path) -> None:
    if not generator.PYTHON.exists():
        skip_where_missing("locust is not installed: make load-tools")
    results, data = tmp_path / "results", tmp_path / "data"
    data.mkdir()
    run = subprocess.run(  # noqa: S603  # our own module
        [
            *(sys.executable, "-m", "tests.load.run", "baseline", "--short"),
            *("--users", "3", "--tenants", "3", "--seconds", "120"),
            *("--actions", str(len(BASELINE_MIX))),
            *("--results", str(results), "--folder", str(data)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    found = read_results(results)
    assert found.failures == []
    assert {each.name for each in found.requests if each.sent} >= set(BASELINE_MIX)
    assert (found.counted("cache", "miss") or 0) > 0
    assert (found.counted("pool", "query") or 0) > 0
    parts = {"web", "PostgreSQL", "PgBouncer", "cache", "load generator"}
    assert not found.usage or set(found.usage) == parts
    assert list(data.iterdir()) == [], "the servers and their data are gone"
