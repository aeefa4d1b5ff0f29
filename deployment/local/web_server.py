"""The platform's web server as production runs it, on the loopback interface."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from deployment.local import processes
from deployment.local.ports import LOOPBACK, free_port
from deployment.local.virtualenv import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from deployment.local.processes import Process


@dataclass(frozen=True, slots=True)
class WebServer:
    """A running web server: its loopback port, and the process whose children serve."""

    port: int
    process: Process


@contextmanager
def web_server(
    environment: Mapping[str, str],
    log: Path,
    *,
    workers: int = 2,
    threads: int = 4,
    connections: int = 1000,
) -> Iterator[WebServer]:
    """Serve the platform during the block.

    Args:
        environment: the platform's variables; without the owner's URL, as it should be.
        log: where the server's output goes.
        workers: processes of gunicorn.
        threads: of each of them.
        connections: that each worker keeps open; further ones wait to be accepted.

    Raises:
        LocalServiceError: it does not start.
    """
    port = free_port()
    command = (
        *(sys.executable, "-m", "gunicorn", "iac_platform.wsgi", "--bind", f"{LOOPBACK}:{port}"),
        *("--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads)),
        *("--worker-connections", str(connections)),
        *("--preload", "--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning"),
    )
    own = {name: value for name, value in environment.items() if name != "DATABASE_OWNER_URL"}
    process = processes.spawn(command, log=log, folder=ROOT, environment=own)
    try:
        processes.wait_until_ready(
            process, lambda: lives(port), name="The web server", log=log, seconds=60
        )
        yield WebServer(port, process)
    finally:
        processes.stop(process)


def lives(port: int, *, status: int = 200) -> bool:
    """Whether a server answers its health check there, with this status."""
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == status
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
