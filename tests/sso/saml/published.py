"""Metadata of an identity provider on a server of this machine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.https_server import HttpsServer, answer_of
from tests.internet import certificate, keep_open
from tests.sso.saml.protocol.describing import key_descriptor, metadata_document
from tests.sso.saml.protocol.drafts import signer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@cache
def server() -> HttpsServer:
    """The server, started where a test asks for it first; it answers with ``newer()``."""
    started = HttpsServer(certificate(), lambda browser: browser.sendall(answer_of(newer())))
    running: AbstractContextManager[HttpsServer] = started.running()
    found: HttpsServer = keep_open(running)
    return found


def address() -> str:
    """Where the metadata stand."""
    return f"https://127.0.0.1:{server().port}/metadata"


@cache
def newer() -> bytes:
    """The metadata of the tests' identity provider, with the key that comes next as well."""
    return metadata_document(keys=key_descriptor() + key_descriptor(signer("next").certificate))
