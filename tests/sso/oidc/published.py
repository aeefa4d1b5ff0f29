"""A provider's discovery document on a server of this machine; it is asked for nothing else."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from tests.https_server import HttpsServer, answer_of
from tests.internet import certificate, keep_open

if TYPE_CHECKING:
    import ssl


@cache
def issuer() -> str:
    """What the provider calls itself; it is started where a test asks for it first."""

    def answer(browser: ssl.SSLSocket) -> None:
        browser.sendall(answer_of(json.dumps(document).encode()))

    server = HttpsServer(certificate(), answer)
    base = f"https://127.0.0.1:{server.port}"
    document = {
        "issuer": base,
        **{
            name: f"{base}/{name}"
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        },
    }
    keep_open(server.running())
    return base
