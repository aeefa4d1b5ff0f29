"""What is expected of the application server, whichever it is."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

import pytest

from deployment.local import processes
from deployment.local.ports import LOOPBACK, free_port
from deployment.local.virtualenv import ROOT
from deployment.server.commands import HEADER_BYTES, Serving
from tests.deployment.server.application import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from deployment.local.processes import Process


class Running:
    """A server of one worker with two threads."""

    def __init__(self, name: str, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        for pipe in ("began", "go"):
            os.mkfifo(folder / pipe)
        address, application = f"{LOOPBACK}:{self.port}", "tests.deployment.server.application"
        serving = Serving(name, 1, 2, address, f"{application}:application")
        log = folder / "log"
        self.process: Process = processes.spawn(
            serving.command(),
            log=log,
            folder=ROOT,
            environment={**os.environ, FOLDER: str(folder)},
        )
        processes.wait_until_ready(self.process, self._answers, name=name, log=log, seconds=60)

    def get(self, path: str = "/", **headers: str) -> tuple[int, Any]:
        """The status, and what the application was told."""
        with closing(HTTPConnection(LOOPBACK, self.port, timeout=30)) as connection:
            return self.ask(connection, path, **headers)

    def ask(self, connection: HTTPConnection, path: str = "/", **headers: str) -> tuple[int, Any]:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if response.status == 200 else None

    def _answers(self) -> bool:
        try:
            return self.get()[0] == 200
        except (OSError, HTTPException):
            return False


@pytest.fixture(params=["granian", "gunicorn"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    running = Running(request.param, tmp_path)
    try:
        yield running
    finally:
        processes.stop(running.process)


def test_connections_are_kept_and_clients_known(server: Running) -> None:
    with closing(HTTPConnection(LOOPBACK, server.port, timeout=30)) as connection:
        server.ask(connection)
        used = connection.sock
        seen = server.ask(connection, "/", **{"X-Forwarded-For": "192.0.2.7", "Host": "a.test"})[1]
        assert connection.sock is used
    seen.pop("process")
    assert seen == {
        "REMOTE_ADDR": LOOPBACK,
        "HTTP_X_FORWARDED_FOR": "192.0.2.7",
        "HTTP_HOST": "a.test",
        "wsgi.url_scheme": "http",
        "SCRIPT_NAME": "",
    }


def test_long_headers_are_refused_and_long_cursors_are_not(server: Running) -> None:
    assert server.get(f"/?cursor={'a' * 8_000}", Authorization="b" * 500)[0] == 200
    assert server.get(**{"X-Long": "a" * (HEADER_BYTES - 1_024)})[0] == 200
    for headers in ({"X-Long": "a" * 4 * HEADER_BYTES}, {f"X-{n}": "a" for n in range(200)}):
        assert server.get(**headers)[0] in {400, 431}
    assert server.get()[0] == 200


def _meet(pool: Executor, pipe: Path, mode: str) -> None:
    """Open one end of a pipe, for which the other end must be opened too, soon."""
    opened = pool.submit(pipe.open, mode)
    try:
        opened.result(timeout=20).close()
    except TimeoutError:
        os.close(os.open(pipe, os.O_RDWR))  # is the other end itself, so no thread waits for ever
        raise


def test_a_stop_lets_requests_end(server: Running) -> None:
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(server.get, "/waits")
        _meet(pool, server.folder / "began", "rb")
        os.kill(server.process.pid, signal.SIGTERM)
        _meet(pool, server.folder / "go", "wb")
        assert answer.result(timeout=20)[0] == 200
    processes.stop(server.process)
    with pytest.raises(OSError, match="refused"):
        server.get()


def test_a_worker_that_dies_is_replaced(server: Running) -> None:
    first = server.get()[1]["process"]
    os.kill(first, signal.SIGKILL)
    processes.wait_until_ready(
        server.process,
        server._answers,  # noqa: SLF001  # this test's own
        name="The next worker",
        log=server.folder / "log",
    )
    assert server.get()[1]["process"] != first
