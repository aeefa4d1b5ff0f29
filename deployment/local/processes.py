"""Start, recognise and stop processes; never anybody else's.

A pid alone does not name a process: the kernel reuses it. Every process started here is
remembered with the moment it began, and is stopped only while both still agree.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployment.local.errors import LocalServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from deployment.local.accounts import Account

PROC = Path("/proc/self/stat")
POLL_SECONDS = 0.03
LOG_TAIL_LINES = 5


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can be told from every other one, past and future.

    Attributes:
        pid: its number, which the kernel will give to another one day.
        began: an opaque mark of the boot and the moment it began.
    """

    pid: int
    began: str

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` needs to recognise the process later."""
        return {"pid": self.pid, "began": self.began}

    @classmethod
    def from_json(cls, content: Mapping[str, Any] | None) -> Process | None:
        """Return the remembered process, or None if none is remembered."""
        if not content:
            return None
        return cls(pid=int(content["pid"]), began=str(content["began"]))

    def is_running(self) -> bool:
        """Say whether this very process is alive (a zombie is not)."""
        child = _children.get(self)
        if child is None:
            return _began(self.pid) == self.began
        # The kernel calls a process dead before its last thread can be waited for.
        if child.poll() is None:
            return True
        del _children[self]
        return False


_children: dict[Process, subprocess.Popen[bytes]] = {}
"""Processes begun by this interpreter: kept so that they can be reaped when they end."""


def current() -> Process:
    """Return the process that asks."""
    return Process(os.getpid(), _began(os.getpid()))


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a server in the background, in a session of its own.

    Args:
        command: the program and its arguments; no shell is involved.
        log: where its output is appended; created readable by its owner only.
        folder: its working directory.
        account: whom to run as; None keeps the present user.
        environment: its whole environment; None gives a minimal one.

    Raises:
        LocalServiceError: the program cannot be started at all.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(minimal_environment() if environment is None else environment),
            start_new_session=True,
            **_as(account),
        )
    except OSError as error:
        raise LocalServiceError(f"{command[0]} cannot be started: {error}") from error
    finally:
        os.close(descriptor)
    process = Process(child.pid, _began(child.pid))
    _children[process] = child
    return process


def run(
    command: Sequence[str | Path], *, folder: Path, account: Account | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end and return its result, whatever its status."""
    return subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=minimal_environment(),
        **_as(account),
    )


def wait_until_ready(
    process: Process, ready: Callable[[], bool], *, name: str, log: Path, seconds: float = 30.0
) -> None:
    """Return as soon as a server answers.

    Raises:
        LocalServiceError: it ended, or did not answer in time; with the end of its log.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.is_running():
            raise LocalServiceError(f"{name} ended while starting: {log_tail(log)}")
        if time.monotonic() > deadline:
            raise LocalServiceError(f"{name} gave no answer in {seconds:g} s: {log_tail(log)}")
        time.sleep(POLL_SECONDS)


def stop(
    process: Process | None, *, politely: signal.Signals = signal.SIGTERM, seconds: float = 15.0
) -> bool:
    """Ask a process to end, and end it if it does not; return whether there was one to end.

    Args:
        process: what to stop; nothing happens if it is None, has ended, or its pid is
            somebody else's by now.
        politely: the signal that this program takes as "finish and go".
        seconds: how long to wait before SIGKILL.
    """
    if process is None or not process.is_running():
        return False
    _send(process, politely)
    if not _ended_within(process, seconds):
        _send(process, signal.SIGKILL)
        _ended_within(process, seconds)
    return True


def minimal_environment() -> dict[str, str]:
    """Return an environment in which servers behave the same for everybody."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LC_ALL": "C", "TZ": "UTC", "HOME": os.sep}


def log_tail(log: Path) -> str:
    """Return the last lines of a log on one line, for an error message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return " / ".join(line.strip() for line in lines[-LOG_TAIL_LINES:]) or f"{log} is empty"


def _as(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _send(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def _ended_within(process: Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.is_running():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _began(pid: int) -> str:
    """Return a mark of the moment a live process began; an empty one if there is none."""
    if PROC.exists():
        return _began_on_linux(pid)
    result = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    status, _, started = result.stdout.strip().partition(" ")
    return "" if status.startswith("Z") else started.strip()


def _began_on_linux(pid: int) -> str:
    """Read proc(5): the state is field 3 and the start, in ticks since boot, field 22."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # Field 2 is the name in parentheses and may hold anything, so count from its end.
    fields = text.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    if state in "ZX":
        return ""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}:{started}"
