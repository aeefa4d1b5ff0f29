from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deployment.local import processes
from deployment.local.errors import LocalServiceError
from deployment.local.processes import Process

if TYPE_CHECKING:
    from pathlib import Path

WAIT = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"


def spawn(folder: Path, code: str) -> Process:
    log = folder / "log"
    process = processes.spawn([sys.executable, "-c", code], log=log, folder=folder)
    processes.wait_until_ready(process, lambda: "up" in log.read_text(), name="It", log=log)
    return process


@pytest.mark.parametrize("code", [WAIT, STUBBORN], ids=["polite", "stubborn"])
def test_a_process_that_was_started_is_stopped_and_leaves_no_zombie(
    tmp_path: Path, code: str
) -> None:
    process = spawn(tmp_path, code)
    assert process.is_running()

    assert processes.stop(process, seconds=0.5)

    assert not process.is_running()
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(process.pid, 0)


def test_a_pid_that_was_given_to_another_process_is_left_alone(tmp_path: Path) -> None:
    mine = spawn(tmp_path, WAIT)
    remembered = replace(mine, began="another boot:1")

    assert not remembered.is_running()
    assert not processes.stop(remembered)

    assert mine.is_running()
    assert processes.stop(mine)


def test_stopping_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    process = spawn(tmp_path, WAIT)
    processes.stop(process)

    assert not processes.stop(process)
    assert not processes.stop(None)


def test_a_zombie_is_not_running() -> None:
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", WAIT], stdout=subprocess.DEVNULL
    )
    try:
        process = Process.from_json({"pid": child.pid, "began": processes._began(child.pid)})  # noqa: SLF001 - a child that spawn() does not reap
        assert process is not None
        assert process.is_running()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert not process.is_running()
    finally:
        child.wait()


def test_a_process_is_recognised_after_a_round_trip_through_json(tmp_path: Path) -> None:
    process = spawn(tmp_path, WAIT)

    assert Process.from_json(process.to_json()) == process
    assert Process.from_json(None) is None
    processes.stop(process)


def test_a_server_that_ends_while_starting_is_reported_with_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "raise SystemExit('no such database')"]
    process = processes.spawn(command, log=log, folder=tmp_path)

    with pytest.raises(LocalServiceError, match="It ended while starting: no such database"):
        processes.wait_until_ready(process, lambda: False, name="It", log=log)


def test_a_server_that_never_answers_is_reported_in_time(tmp_path: Path) -> None:
    process = spawn(tmp_path, WAIT)
    log = tmp_path / "log"

    with pytest.raises(LocalServiceError, match=r"It gave no answer in 0\.1 s: up"):
        processes.wait_until_ready(process, lambda: False, name="It", log=log, seconds=0.1)
    processes.stop(process)


def test_a_program_that_does_not_exist_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(LocalServiceError, match="no-such-server cannot be started"):
        processes.spawn(["no-such-server"], log=tmp_path / "log", folder=tmp_path)


def test_servers_survive_the_terminal_that_started_them(tmp_path: Path) -> None:
    process = spawn(tmp_path, WAIT)

    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    assert processes.stop(process, politely=signal.SIGINT)


def test_a_log_is_readable_by_its_owner_only_and_never_a_planted_link(tmp_path: Path) -> None:
    process = spawn(tmp_path, WAIT)
    processes.stop(process)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600

    (tmp_path / "planted").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        processes.spawn([sys.executable], log=tmp_path / "planted", folder=tmp_path)
