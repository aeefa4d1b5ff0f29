"""``python -m deployment.local.demo start|stop|status|remove|manage``; the Makefile calls it.

Begins under any Python 3.11-3.13 with nothing installed, and goes on inside ``.venv``.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from deployment.local import accounts, virtualenv
from deployment.local.demo import environment, platform, prepared, servers
from deployment.local.demo.report import step, what_to_try
from deployment.local.errors import LocalServiceError
from deployment.local.ports import LOOPBACK, port_is_free
from deployment.local.virtualenv import FOLDER, PYTHON, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from deployment.local.demo.platform import Platform
    from deployment.local.demo.servers import Cache, Database


def start() -> None:
    """Start everything that does not run yet, in the background, and say what to try.

    Raises:
        LocalServiceError: one line about what stands in the way.
        ValueError: ``PORT`` is not a port.
    """
    port = environment.wanted_port()
    _refuse_taken(port)
    if Path(sys.prefix).resolve() != FOLDER.resolve():
        _continue_inside_environment()
    with step("") as database_step:
        database = servers.database()
        database_step.text = database.description
    with step("") as cache_step:
        cache = servers.cache()
        cache_step.text = cache.description
    base_url = f"http://{LOOPBACK}:{port}"
    demo = platform.Platform(database, cache)
    summary = _prepare(demo, base_url, database, cache)
    if not all(platform.running().values()):
        with step(f"Serving on {base_url}"):
            demo.serve(port)
    print(what_to_try(summary))


def stop() -> None:
    """Stop what ``start`` started and nothing else."""
    stopped = platform.stop() + servers.stop()
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing of the demo was running.")


def status() -> int:
    """Say which parts run, and where; the status is 1 unless all of them do."""
    parts = platform.running() | servers.running()
    for name, runs in parts.items():
        print(f"  {name:12} {'runs' if runs else 'does not run'}")
    if port := platform.serving_port():
        print(f"  http://{LOOPBACK}:{port}")
    return 0 if all(parts.values()) else 1


def manage(arguments: Sequence[str]) -> NoReturn:
    """Become one of the platform's commands on the demo, as its operator would run it.

    Raises:
        LocalServiceError: there is no demo, or it does not run.
    """
    if not servers.running()["PostgreSQL"] and not os.environ.get("DATABASE_URL"):
        raise LocalServiceError("The demo does not run: make demo first.")
    command: list[str] = [str(PYTHON), "manage.py", *arguments]
    # In its place, so that its signals and its status are the command's own.
    os.chdir(ROOT)
    os.execve(PYTHON, command, platform.operators_environment())  # noqa: S606  # our own manage.py


def remove() -> None:
    """Stop everything and delete the demo's data."""
    stop()
    accounts.remove_folder(environment.POSTGRES)
    shutil.rmtree(environment.VAR)


COMMANDS: dict[str, Callable[[], int | None]] = {
    "start": start,
    "stop": stop,
    "status": status,
    "remove": remove,
}


def main() -> int:
    """Run one command; a failure is one line and status 1."""
    parser = argparse.ArgumentParser(prog="python -m deployment.local.demo", description=__doc__)
    parser.add_argument("command", choices=(*COMMANDS, "manage"))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of manage: what to run")
    options = parser.parse_args()
    try:
        if options.command == "manage":
            manage(options.arguments)
        if options.arguments:
            parser.error(f"{options.command} takes no arguments")
        with _one_at_a_time(options.command):
            return COMMANDS[options.command]() or 0
    except KeyboardInterrupt:
        print("Interrupted. The next start goes on from here.", file=sys.stderr)
        return 128 + signal.SIGINT
    except (LocalServiceError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _prepare(demo: Platform, base_url: str, database: Database, cache: Cache) -> dict[str, str]:
    """Migrate and seed, unless that was done for these very files, servers and address.

    Then whatever of the platform runs is stopped: ``start`` begins it anew.
    """
    mark = prepared.fingerprint(base_url, database.url, cache.url)
    last, summary = prepared.remembered()
    if database.is_our_own and last == mark:
        return summary
    with step("Database migrated, static files collected"):
        demo.prepare()
    with step("Operator, tenants, people and worked blueprints"):
        summary = demo.seed(base_url)
    # What runs was started from other files, and imports some of them only when it needs them.
    platform.stop()
    if database.is_our_own:
        prepared.remember(mark, summary)
    return summary


def _refuse_taken(port: int) -> None:
    serving = platform.serving_port()
    if serving is not None and serving != port:
        raise LocalServiceError(f"The demo runs on port {serving} already: make demo-stop first.")
    if serving is None and not port_is_free(port):
        raise LocalServiceError(
            f"Port {port} is taken by another program: choose one with PORT={port + 1} make demo."
        )


def _continue_inside_environment() -> None:
    """Have the environment, then go on in it: only its Python finds the embedded servers."""
    with step(f"Packages in {FOLDER.name}"):
        virtualenv.ensure(ROOT / "requirements-demo.txt", log=environment.LOGS / "pip.log")
    os.execv(PYTHON, [str(PYTHON), "-m", "deployment.local.demo", "start"])  # noqa: S606 - ourselves


@contextmanager
def _one_at_a_time(command: str) -> Iterator[None]:
    """Let a second command wait until the first has ended, and say whom it waits for."""
    environment.LOGS.mkdir(parents=True, exist_ok=True)
    with environment.LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another command"
            print(f"Waiting until {holder} has ended.", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        began = datetime.now(UTC).astimezone()
        lock.truncate(0)
        lock.write(f"'demo {command}' (process {os.getpid()}, since {began:%H:%M:%S})")
        lock.flush()
        yield


if __name__ == "__main__":
    sys.exit(main())
