"""The short form of ``scripts/bench_failures.py``: requests while backends are killed."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.services import ROOT

if TYPE_CHECKING:
    from tests.tenants.outages.conftest import Laboratory

pytestmark = pytest.mark.needs("pgbouncer")

REQUESTS = 240


def test_killed_backends_lose_nothing_and_are_never_a_500(the_laboratory: Laboratory) -> None:
    command = (
        *(sys.executable, str(ROOT / "scripts" / "failures" / "run.py")),
        *("--requests", str(REQUESTS), "--clients", "6", "--every", "0.3"),
        *("--minutes", "3", "--seed", "1"),
    )
    done = subprocess.run(  # noqa: S603  # our own script
        command,
        check=False,
        cwd=ROOT,
        env=the_laboratory.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 500 " not in done.stdout
    assert "wrong: 0" in done.stdout
    killed = re.search(r"(\d+) backends killed", done.stdout)
    assert killed is not None
    assert int(killed[1]) > 0
