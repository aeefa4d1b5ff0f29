"""What the servers of these tests serve: whom they say is asking, and a request that waits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = "TESTED_FOLDER"
_TOLD = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_HOST", "wsgi.url_scheme", "SCRIPT_NAME")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the process, and what is known of the client."""
    if environ["PATH_INFO"] == "/waits":
        # Each opens when the test opens the other end.
        folder = Path(os.environ[FOLDER])
        (folder / "began").open("wb").close()
        (folder / "go").open("rb").close()
    seen = {name: environ.get(name) for name in _TOLD} | {"process": os.getpid()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
