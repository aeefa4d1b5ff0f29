"""Servers of this machine, as if they were on the internet."""

from __future__ import annotations

import ssl
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from iac_platform.common import fetching
from tests.https_server import write_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

_FETCH = fetching.fetch
_open = ExitStack()


@cache
def certificate() -> Path:
    """A file with the key and the certificate that such servers have."""
    return write_certificate(Path(keep_open(TemporaryDirectory())) / "both.pem")


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate()))


def keep_open(manager: Any) -> Any:
    """Enter a context manager, such as a server, until the end of the run."""
    return _open.enter_context(manager)


@contextmanager
def internet_at_hand() -> Iterator[None]:
    """Have the services take servers with this certificate for ones of the internet."""

    if fetching.fetch is not _FETCH:  # around this, somebody has done it already
        yield
        return

    def fetch_here(url: str, **how: Any) -> bytes:
        return _FETCH(url, may_connect=lambda *_: True, tls=_trusted(), **how)

    fetching.fetch = fetch_here
    try:
        yield
    finally:
        fetching.fetch = _FETCH
        _open.close()
