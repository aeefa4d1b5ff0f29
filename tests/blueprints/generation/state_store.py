"""Where Terraform's http backend keeps states, and a remote state is read."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator


class Store(BaseHTTPRequestHandler):
    """A state behind an address, as Terraform's http backend speaks to it."""

    states: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        self._answer(200 if self.path in self.states else 404, self.states.get(self.path, b""))

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.states[self.path.partition("?")[0]] = self.rfile.read(size)
        self._answer(200)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Answer at an address on this machine, below which states lie."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
