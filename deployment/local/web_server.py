"""The platform's web server as production runs it, on the loopback interface."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from deployment.local import processes
from deployment.local.ports import LOOPBACK, free_port
from deployment.local.virtualenv import ROOT
from deployment.server.commands import Serving

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
    server: str = "granian",
) -> Iterator[WebServer]:
    """Serve the platform during the block.

    Args:
        environment: the platform's variables; without the owner's URL, as it should be.
        log: where the server's output goes.
        workers: processes.
        threads: of each of them.
        server: ``granian`` or ``gunicorn``.

    Raises:
        LocalServiceError: it does not start.
    """
    port = free_port()
    command = Serving(server, workers, threads, f"{LOOPBACK}:{port}").command()
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
