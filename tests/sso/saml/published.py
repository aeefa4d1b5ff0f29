"""Metadata of an identity provider on a server of this machine, as if it were on the internet."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from iac_platform.common import fetching
from tests.https_server import HttpsServer, answer_of, write_certificate
from tests.sso.saml.protocol.describing import key_descriptor, metadata_document
from tests.sso.saml.protocol.drafts import signer

if TYPE_CHECKING:
    from collections.abc import Iterator

_FETCH = fetching.fetch
_open = ExitStack()


@cache
def server() -> HttpsServer:
    """The server, started where a test asks for it first; it answers with ``newer()``."""
    folder = Path(_open.enter_context(TemporaryDirectory()))
    started = HttpsServer(
        write_certificate(folder / "both.pem"),
        lambda browser: browser.sendall(answer_of(newer())),
    )
    return _open.enter_context(started.running())


def address() -> str:
    """Where the metadata stand."""
    return f"https://127.0.0.1:{server().port}/metadata"


@cache
def newer() -> bytes:
    """The metadata of the tests' identity provider, with the key that comes next as well."""
    return metadata_document(keys=key_descriptor() + key_descriptor(signer("next").certificate))


@contextmanager
def internet_at_hand() -> Iterator[None]:
    """Have the services take this server for one of the internet."""

    if fetching.fetch is not _FETCH:  # around this, somebody has done it already
        yield
        return

    def fetch_here(url: str, **how: Any) -> bytes:
        return _FETCH(url, may_connect=lambda *_: True, tls=server().trusted, **how)

    fetching.fetch = fetch_here
    try:
        yield
    finally:
        fetching.fetch = _FETCH
        _open.close()
