"""The platform's own processes: its commands, its web server, its provisioner."""

from __future__ import annotations

import json
import shutil
import subprocess
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deployment.local import processes, state
from deployment.local.demo.environment import (
    DESCRIPTION,
    LOGS,
    METRICS,
    PROCESSES,
    platform_environment,
)
from deployment.local.errors import LocalServiceError
from deployment.local.ports import LOOPBACK
from deployment.local.processes import Process
from deployment.local.virtualenv import PYTHON, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from deployment.local.demo.servers import Cache, Database

NAMES = ("web", "provisioner")
SECONDS_TO_START = 60.0

# E-mail is in the log of the provisioner, which sends it.
EMAIL = {"EMAIL_URL": "console://"}


class Platform:
    """The platform in front of one database and one cache."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache
        self._environment = platform_environment(database_url=database.url, redis_url=cache.url)

    def prepare(self) -> None:
        """Create roles and database where that is ours to do, migrate, collect static files."""
        if self._database.admin_url:
            self._manage("setup_database", "--admin-url", self._database.admin_url)
        self._manage("migrate_schemas")
        self._manage("collectstatic", "--no-input")

    def seed(self, base_url: str) -> dict[str, str]:
        """Have the demo's tenants, people and blueprints, and return the command's summary."""
        output = self._manage("seed_demo", "--output", str(DESCRIPTION), "--base-url", base_url)
        summary: dict[str, str] = json.loads(output.strip().splitlines()[-1])
        return summary

    def serve(self, port: int) -> None:
        """Start whatever does not run of web server and provisioner; wait for the first answer.

        Raises:
            LocalServiceError: the web server ends or does not answer in time.
        """
        known = _known()
        web = self._unless_running("web", known, lambda: self._web(port))
        state.save(PROCESSES, {"port": port, "web": web.to_json()})
        provisioner = self._unless_running("provisioner", known, self._provisioner)
        state.save(
            PROCESSES,
            {"port": port, "web": web.to_json(), "provisioner": provisioner.to_json()},
        )
        processes.wait_until_ready(
            web,
            lambda: is_answering(port),
            name="The web server",
            log=LOGS / "web.log",
            seconds=SECONDS_TO_START,
        )

    def _unless_running(
        self, name: str, known: Mapping[str, Process | None], start: Callable[[], Process]
    ) -> Process:
        process = known[name]
        return process if process is not None and process.is_running() else start()

    def _web(self, port: int) -> Process:
        # Caches of two processes would disagree; without a shared one there is one process.
        workers = 2 if self._cache.url else 1
        return self._spawn(
            "web",
            *("-m", "deployment.server"),
            environment=self._environment
            | EMAIL
            | {
                "PUBLIC_PORT": str(port),  # of links in e-mail
                "WEB_ADDRESS": f"{LOOPBACK}:{port}",
                "WEB_CONCURRENCY": str(workers),
                "WEB_THREADS": "4",
                "PROMETHEUS_MULTIPROC_DIR": str(_empty(METRICS)),
            },
        )

    def _provisioner(self) -> Process:
        return self._spawn(
            *("provisioner", "manage.py", "run_provisioner"),
            environment=self._owner_environment() | EMAIL,
        )

    def _manage(self, *arguments: str) -> str:
        """Run one of the platform's commands as the owner and return what it printed."""
        log = LOGS / "setup.log"
        result = subprocess.run(
            [PYTHON, "manage.py", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self._owner_environment(),
        )
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ manage.py {arguments[0]}\n{result.stdout}{result.stderr}")
        if result.returncode != 0:
            last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
            raise LocalServiceError(f"manage.py {arguments[0]}: {' '.join(last)} Details: {log}")
        return result.stdout

    def _spawn(self, name: str, *arguments: str, environment: Mapping[str, str]) -> Process:
        log = LOGS / f"{name}.log"
        return processes.spawn((PYTHON, *arguments), log=log, folder=ROOT, environment=environment)

    def _owner_environment(self) -> dict[str, str]:
        return self._environment | {"DATABASE_OWNER_URL": self._database.owner_url}


def operators_environment() -> dict[str, str]:
    """The variables of the last start, with the owner's, for commands that an operator runs.

    Raises:
        LocalServiceError: there was none.
    """
    described = state.load(DESCRIPTION)
    if not described:
        raise LocalServiceError("There is no demo here: make demo first.")
    variables = platform_environment(
        database_url=described["database_url"], redis_url=described["redis_url"]
    )
    return variables | {
        "DATABASE_OWNER_URL": described["owner_database_url"],
        "PUBLIC_PORT": str(urlsplit(described["base_url"]).port or 0),
    }


def is_answering(port: int) -> bool:
    """Say whether the platform answers its readiness check on a port."""
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200  # noqa: PLR2004 - HTTP's OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def serving_port() -> int | None:
    """Return the port that this clone's web server serves on now, or None."""
    return state.load(PROCESSES).get("port") if running()["web"] else None


def running() -> dict[str, bool]:
    """Say of each of the platform's processes whether it runs."""
    return {name: bool(process and process.is_running()) for name, process in _known().items()}


def stop() -> list[str]:
    """Stop the platform's processes and return which of them ran."""
    return [name for name, process in _known().items() if processes.stop(process)]


def _empty(folder: Path) -> Path:
    """Return a folder with nothing in it: counters of an earlier start would be added up."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _known() -> dict[str, Process | None]:
    remembered = state.load(PROCESSES)
    return {name: Process.from_json(remembered.get(name)) for name in NAMES}
