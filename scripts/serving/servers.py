"""The application servers under which the platform, and the stock project, are measured."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from comparison import FOLDER as STOCK
from comparison import stock_environment

from deployment.local import processes
from deployment.local.ports import LOOPBACK, free_port
from deployment.local.web_server import lives
from deployment.server.commands import APPLICATION, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LOGS = Path(os.environ["BENCH_FOLDER"])

THREADS = int(os.environ.get("BENCH_THREADS", "4"))
_PORT, _WORKERS = "{port}", "{workers}"
_GUNICORN = (
    *(sys.executable, "-m", "gunicorn", "--workers", _WORKERS, "--preload"),
    *("--no-control-socket", "--log-level", "warning", "--bind", f"{LOOPBACK}:{_PORT}"),
)
_THREADS = ("--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "15")


class Server(NamedTuple):
    """How something is served.

    Attributes:
        command: the program, with ``{port}`` and ``{workers}``; by default that of production.
        description: for the report.
        is_stock: it serves the stock project, not the platform.
        variables: further ones of its environment.
    """

    command: tuple[str, ...] = ()
    description: str = ""
    is_stock: bool = False
    variables: tuple[tuple[str, str], ...] = ()

    def environment(self) -> dict[str, str]:
        """The variables of its processes."""
        if self.is_stock:
            return {**stock_environment(), **dict(self.variables)}
        paths = [str(ROOT), str(HERE), os.environ.get("BENCH_PACKAGES", "")]
        own = {name: value for name, value in os.environ.items() if "OWNER" not in name}
        return {**own, "LOG_LEVEL": "INFO", "PYTHONPATH": os.pathsep.join(filter(None, paths))}


SERVERS = {
    "granian": Server(description=f"as in production: granian with {THREADS} threads a worker"),
    "gunicorn": Server(description=f"WEB_SERVER=gunicorn: gthread with {THREADS} threads"),
    "gunicorn-fast": Server(
        (*_GUNICORN, *_THREADS, "--http-parser", "fast", APPLICATION),
        "the same with the parser gunicorn_h1c",
    ),
    "gunicorn-sync": Server(
        (*_GUNICORN, APPLICATION), "gunicorn, sync workers, a connection for each request"
    ),
    "stock": Server(
        (*_GUNICORN, "stock_site.wsgi"),
        "the stock project as its parts' documentation has it: gunicorn with sync workers",
        is_stock=True,
    ),
    "stock-tuned": Server(
        (*_GUNICORN, *_THREADS, "stock_site.wsgi"),
        "the stock project with lasting connections, gthread and keep-alive",
        is_stock=True,
        variables=(("STOCK_TUNED", "1"),),
    ),
}


@contextmanager
def serving(name: str, workers: int = 2) -> Iterator[int]:
    """Serve during the block; yields the port."""
    server, port, log = SERVERS[name], free_port(), LOGS / f"{name}.log"
    process = processes.spawn(
        _command(name, port, workers),
        log=log,
        folder=STOCK if server.is_stock else ROOT,
        environment=server.environment(),
    )
    try:
        processes.wait_until_ready(
            process,
            lambda: _answers(port, is_stock=server.is_stock),
            name=name,
            log=log,
            seconds=60,
        )
        yield port
    finally:
        processes.stop(process)


def _command(name: str, port: int, workers: int) -> tuple[str, ...]:
    own = Serving(name, workers, THREADS, f"{LOOPBACK}:{port}")
    parts = SERVERS[name].command or own.command()
    return tuple(part.format(port=port, workers=workers) for part in parts)


def _answers(port: int, *, is_stock: bool) -> bool:
    # The stock project knows no health check: any answer will do.
    return lives(port, status=404 if is_stock else 200)
