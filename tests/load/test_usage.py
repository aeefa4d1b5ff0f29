from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.load.usage import PROC, TICKS, usage

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not PROC.joinpath("self", "stat").exists(), reason="no /proc")

BURN = "import sys, time\nwhile time.process_time() < 0.5: pass\n"
BY_A_CHILD_THAT_LIVES = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BURN + "print(flush=True); sys.stdin.read()"!r}],
                         stdin=subprocess.PIPE)
sys.stdin.read()
child.communicate()
"""
BY_A_CHILD_THAT_ENDED = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=[BY_A_CHILD_THAT_LIVES, BY_A_CHILD_THAT_ENDED], ids=["lives", "ended"])
def part(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A process of which a child has used half a second of CPU time."""
    process = subprocess.Popen(  # noqa: S603  # our own code
        [sys.executable, "-c", request.param],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    if process.poll() is None:
        process.communicate()


def test_what_children_use_is_their_parts(part: subprocess.Popen[str]) -> None:
    cpu, memory = usage({"web": part.pid})["web"]
    assert cpu >= 0.5 - 2 / TICKS
    assert memory > 1_000_000


def test_a_part_that_has_ended_is_left_out(part: subprocess.Popen[str]) -> None:
    part.communicate()
    assert usage({"web": part.pid}) == {}
