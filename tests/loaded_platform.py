"""Commands of ``manage.py`` in forks of one process that has loaded the platform.

Loading takes seconds, a fork does not. Each command has a process of its own, with its exit status
and its output; the variables, and with them the settings, are the same for all.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import django

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 180
LOADED = (
    "iac_platform.command_line",
    "iac_platform.urls",
    "tenants.management.commands.migrate_schemas",
)
"""What commands import besides the apps."""


class LoadedPlatform:
    """Such a process for each set of variables, from its first command to the end of the block."""

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.communicate(timeout=SECONDS)

    def run(self, *arguments: str, environment: Mapping[str, str]) -> tuple[int, str]:
        """Run a command to its end; return its exit status and what it printed."""
        process = self._loaded(environment)
        assert process.stdin is not None
        assert process.stdout is not None
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as output:
            process.stdin.write(json.dumps([output.name, *arguments]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, "The loaded platform ended; its error stands above."
            return int(answer), output.read()

    def _loaded(self, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        # pytest names the test that runs, which is no reason to load everything again.
        environment = {k: v for k, v in environment.items() if k != "PYTEST_CURRENT_TEST"}
        name = json.dumps(environment, sort_keys=True)
        if name not in self._processes:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.loaded_platform"],
                cwd=ROOT,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._processes[name]


def _serve() -> None:
    """Fork for each line of standard input, and answer with the command's exit status."""
    django.setup()
    for module in LOADED:
        importlib.import_module(module)
    gc.freeze()  # else each fork copies what the collector looks at
    for line in sys.stdin:
        output, *arguments = json.loads(line)
        child = os.fork()
        if not child:
            _become(output, arguments)
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(output: str, arguments: list[str]) -> None:
    """Be that command; one that hangs is ended."""
    from iac_platform.command_line import main  # noqa: PLC0415  # needs settings

    signal.alarm(SECONDS)
    for target, path, flags in ((0, os.devnull, os.O_RDONLY), (1, output, os.O_WRONLY)):
        os.dup2(os.open(path, flags), target)
    os.dup2(1, 2)
    importlib.invalidate_caches()  # migrations are written between commands
    main(["manage.py", *arguments])


if __name__ == "__main__":
    _serve()
