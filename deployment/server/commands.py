"""How each application server is started, with the same limits as far as both have them.

gunicorn takes at most 8,190 bytes for a request's first line, and replaces workers by the number
of their requests instead of their age.

Neither writes an access log: the platform logs each request, with its id and without secrets. Both
finish what they have begun when they are told to stop, and start a worker anew that has died.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

APPLICATION: Final = "iac_platform.wsgi:application"
_GUNICORN_SETTINGS: Final = Path(__file__).with_name("gunicorn_settings.py")

VARIABLES: Final = ("WEB_SERVER", "WEB_CONCURRENCY", "WEB_THREADS", "WEB_ADDRESS")
"""What the environment may say; docs/operations/configuration.md describes them."""

# Seconds for the headers of a request to arrive, also of the next one on an open connection.
HEADER_SECONDS: Final = 15
# Bytes of a request's line and headers; more is a 431. Our longest cursor has 3,072.
HEADER_BYTES: Final = 16 * 1024
# The most that gunicorn can be told for a request's first line.
_GUNICORN_LINE_BYTES: Final = 8190
# Seconds in which requests may end when the server stops; orchestrators kill it after 30.
STOP_SECONDS: Final = 25
# Seconds after which a worker is replaced by a fresh one.
WORKER_SECONDS: Final = 6 * 60 * 60


class UnknownSetting(ValueError):
    """A variable of the environment says something that no server understands."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and how.

    Attributes:
        server: ``granian`` or ``gunicorn``.
        workers: processes.
        threads: of each process; as many requests are worked on at a time. More than the
            passwords and the large documents that a process works on at a time
            (``PASSWORD_HASHING``, ``LARGE_DOCUMENTS``), or these stop it.
        address: ``host:port`` to listen on.
        application: the WSGI application, as ``module:name``.
    """

    server: str = "granian"
    workers: int = 2
    threads: int = 4
    address: str = "127.0.0.1:8000"  # for whoever stands in front; neither faces the internet
    application: str = APPLICATION

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Serving:
        """What the environment asks for.

        Raises:
            UnknownSetting: it asks for something that there is not.
        """
        default = cls()
        server = environment.get("WEB_SERVER") or default.server
        if server not in _COMMANDS:
            raise UnknownSetting(f"WEB_SERVER={server}: use {' or '.join(_COMMANDS)}.")
        return cls(
            server=server,
            workers=_number(environment, "WEB_CONCURRENCY", default.workers),
            threads=_number(environment, "WEB_THREADS", default.threads),
            address=environment.get("WEB_ADDRESS") or default.address,
        )

    def command(self) -> tuple[str, ...]:
        """The program and its arguments."""
        return (sys.executable, "-m", self.server, *_COMMANDS[self.server](self))


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 1000):  # noqa: PLR2004  # a typing error beyond
        raise UnknownSetting(f"{name}={text} is not a number from 1 to 1000.")
    return int(text)


def _granian(serving: Serving) -> tuple[str, ...]:
    host, _, port = serving.address.rpartition(":")
    return (
        *("--interface", "wsgi", "--http", "1", "--no-ws", "--host", host, "--port", port),
        *("--workers", str(serving.workers), "--blocking-threads", str(serving.threads)),
        *("--http1-buffer-size", str(HEADER_BYTES)),
        *("--http1-header-read-timeout", str(HEADER_SECONDS * 1000)),
        *("--workers-kill-timeout", str(STOP_SECONDS), "--workers-lifetime", str(WORKER_SECONDS)),
        *("--respawn-failed-workers", "--backlog", "2048", "--log-level", "warning"),
        serving.application,
    )


def _gunicorn(serving: Serving) -> tuple[str, ...]:
    return (
        *("--config", str(_GUNICORN_SETTINGS), "--bind", serving.address),
        *("--workers", str(serving.workers), "--threads", str(serving.threads)),
        *("--limit-request-line", str(_GUNICORN_LINE_BYTES)),
        *("--limit-request-field_size", str(HEADER_BYTES)),
        *("--keep-alive", str(HEADER_SECONDS), "--graceful-timeout", str(STOP_SECONDS)),
        serving.application,
    )


_COMMANDS: Final[Mapping[str, Callable[[Serving], tuple[str, ...]]]] = {
    "granian": _granian,
    "gunicorn": _gunicorn,
}
