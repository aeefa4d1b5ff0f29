"""Running ``manage.py`` as operators do: in a process of its own, with what can happen to one."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.services import ROOT

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator

# Far longer than any command here needs; one that hangs fails its test.
SECONDS = 60.0


def manage(*command: str, largest_file: int | None = None, **options: Any) -> Any:
    """Run a command to its end: a ``CompletedProcess`` with text.

    Args:
        command: the command and its arguments.
        largest_file: bytes after which the operating system refuses to write on in any file, as
            a full disk does.
        options: of ``subprocess.Popen``; ``env`` comes on top of the present variables.
    """
    with started(*command, largest_file=largest_file, **options) as process:
        out, err = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@contextmanager
def started(
    *command: str, largest_file: int | None = None, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start a command; it is gone after the block."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A compiled module that was cut off there would break every later start.
    bytecode = {"PYTHONDONTWRITEBYTECODE": "1"} if largest_file is not None else {}
    process = subprocess.Popen(  # noqa: S603  # our own manage.py
        [sys.executable, "-W", "ignore", "manage.py", *command],
        cwd=ROOT,
        text=True,
        preexec_fn=_limit(largest_file) if largest_file is not None else None,  # noqa: PLW1509  # one call, no thread of ours
        **{**streams, **options, "env": {**os.environ, **bytecode, **options.get("env", {})}},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def start_and_kill(*command: str, after: float, **options: Any) -> bool:
    """Start a command, and kill it so many seconds after its first line; whether it was killed."""
    environment = {"PYTHONUNBUFFERED": "1", **options.pop("env", {})}
    with started(*command, stderr=subprocess.DEVNULL, env=environment, **options) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return True
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as something outside of this process has happened."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def ended_by(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Send a signal, wait for the end by it, and return what was said on stderr."""
    process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == -number, err
    return err


def _limit(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
