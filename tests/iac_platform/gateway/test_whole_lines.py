"""Lines of many processes in one log."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING

from iac_platform.gateway.whole_lines import WholeLinesHandler

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PROCESSES = 4
LINES = 150
# Every third line is longer than a pipe takes at once.
WRITER = f"""
import json, logging, sys
sys.path.insert(0, sys.argv[2])
from {WholeLinesHandler.__module__} import WholeLinesHandler
log = logging.getLogger("lines")
log.addHandler(WholeLinesHandler())
for number in range({LINES}):
    text = "x" * (20_000 if number % 3 == 0 else 200)
    log.warning(json.dumps({{"writer": sys.argv[1], "number": number, "text": text}}))
"""


def _written(stream: IO[bytes] | int, root: Path) -> list[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", WRITER]
    return [
        subprocess.Popen([*command, str(number), str(root)], stderr=stream)  # noqa: S603  # our own code
        for number in range(PROCESSES)
    ]


def _through_a_pipe(root: Path) -> list[bytes]:
    """What four processes write to one pipe, read by somebody slow to start."""
    shell = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(shell.stdout.read()))  # type: ignore[union-attr]  # asserted
    reader.start()
    for process in _written(shell.stdin, root):
        assert process.wait() == 0
    shell.stdin.close()
    reader.join()
    shell.stdout.close()
    assert shell.wait() == 0
    return found[0].splitlines()


def _whole(lines: list[bytes]) -> int:
    read = 0
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            continue
        read += 1
    return read


def test_long_lines_of_many_processes_stay_whole_in_a_pipe(pytestconfig: pytest.Config) -> None:
    lines = _through_a_pipe(pytestconfig.rootpath)
    assert _whole(lines) == len(lines) == PROCESSES * LINES


def test_a_file_gets_them_whole_too(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab") as stream:
        for process in _written(stream, pytestconfig.rootpath):
            assert process.wait() == 0
    lines = log.read_bytes().splitlines()
    assert _whole(lines) == len(lines) == PROCESSES * LINES


def test_a_stream_that_is_no_file_is_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    handler = WholeLinesHandler(sys.stderr)
    handler.emit(logging.makeLogRecord({"msg": "here"}))
    assert capsys.readouterr().err == "here\n"
