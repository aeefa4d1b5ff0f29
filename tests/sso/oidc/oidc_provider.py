"""A real provider: the certified package oidc-provider of npm, in a process of its own.

Whatever name is typed at its sign-in is who somebody is there.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from deployment.local.ports import free_port
from tests.ci import skip_where_missing
from tests.internet import certificate

FOLDER = Path(__file__).parent / "provider"
_SECONDS = 30
_MAX_STEPS = 15


@dataclass(frozen=True, slots=True)
class Registered:
    """A client, as the provider knows it."""

    client_id: str
    client_secret: str


class OidcProvider:
    """One provider on a free port; ``stop`` ends it.

    Attributes:
        issuer: what it calls itself.
    """

    def __init__(self) -> None:
        self._port = free_port()
        self.issuer = f"https://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        if not (FOLDER / "node_modules").is_dir():
            skip_where_missing("oidc-provider is not installed: make node-tools")
        self._process = subprocess.Popen(  # noqa: S603  # fixed arguments
            ["node", "server.js", str(self._port), str(certificate())],  # noqa: S607  # of the PATH
            cwd=FOLDER,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate())},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert "ready" in self._process.stdout.readline(), "it did not start"

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def register(self, redirect_uri: str, **metadata: Any) -> Registered:
        """Make somebody its client (OpenID Connect Dynamic Client Registration)."""
        asked = {"redirect_uris": [redirect_uri], "id_token_signed_response_alg": "RS256"}
        answer = requests.post(
            f"{self.issuer}/reg",
            json={**asked, **metadata},
            verify=str(certificate()),
            timeout=_SECONDS,
        )
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return Registered(made["client_id"], made.get("client_secret", ""))


class Browser:
    """Follows redirects and forms at the provider until it is sent elsewhere."""

    def __init__(self, provider: OidcProvider) -> None:
        self._issuer = provider.issuer
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(certificate())

    def follow(self, url: str, name: str = "ada", *, until: str = "") -> str:
        """Go to a URL, sign in or out where asked, and stop where the other side begins.

        Args:
            url: where to begin.
            name: who signs in.
            until: a path of the provider at which to stop, too.
        """
        fields: dict[str, str] = {}
        for _ in range(_MAX_STEPS):
            if not url.startswith(self._issuer) or (until and until in url):
                return url
            page = self._session.request(
                "POST" if fields else "GET",
                url,
                data=fields or None,
                allow_redirects=False,
                timeout=_SECONDS,
            )
            if "Location" in page.headers:
                url, fields = urljoin(url, page.headers["Location"]), {}
            else:
                url, fields = _form(page, name)
        raise AssertionError(f"The provider does not let go: {url}")


def _form(page: requests.Response, name: str) -> tuple[str, dict[str, str]]:
    """Fill in the one form of a page."""
    action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    assert action is not None, f"{page.url} answered {page.status_code}: {page.text[:2000]}"
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    fields = {key: unescape(value) for key, value in hidden}
    if 'name="logout"' in page.text:
        fields |= {"logout": "yes"}
    if 'name="login"' in page.text:
        fields |= {"login": name, "password": "any"}
    return urljoin(page.url, unescape(action[1])), fields
