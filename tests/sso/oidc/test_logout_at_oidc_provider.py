"""Signing out from end to end, at a real, certified provider: here first, and there first."""

from __future__ import annotations

import re
from contextlib import contextmanager
from queue import Queue
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from sso.oidc.models import OidcSession
from tenants.context import tenant_scope
from tests.https_server import HttpsServer, answer_of
from tests.internet import certificate
from tests.sso.oidc.oidc_provider import Browser, OidcProvider
from tests.sso.oidc.test_linking import led_to
from tests.sso.oidc.test_sign_on_at_oidc_provider import trusting
from tests.sso.oidc.visitors import Visitor, redirect_uri_of
from tests.sso.visitors import events

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from tenants.models import Tenant

pytestmark = pytest.mark.needs("node")


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    """The provider."""
    server = OidcProvider()
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Receiver:
    """Takes what a provider posts, as the platform of the tests has no port of its own."""

    def __init__(self) -> None:
        self._server = HttpsServer(certificate(), self._take)
        self.url = f"https://127.0.0.1:{self._server.port}/"
        self.tokens: Queue[str] = Queue()

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        """Serve in a thread."""
        with self._server.running():
            yield self

    def _take(self, peer: ssl.SSLSocket) -> None:
        head, _, posted = self._server.asked[-1].partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
        while length is not None and len(posted) < int(length[1]):
            posted += peer.recv(65536)
        self.tokens.put(parse_qs(posted.decode())["logout_token"][0])
        peer.sendall(answer_of(b""))


def _trusting(tenant: Tenant, provider: OidcProvider, **at_provider: Any) -> None:
    after = redirect_uri_of(tenant).replace("/callback/", "/signed-out/")
    trusting(tenant, provider, post_logout_redirect_uris=[after], **at_provider)


def test_who_signs_out_here_is_signed_out_there(tenant: Tenant, provider: OidcProvider) -> None:
    _trusting(tenant, provider)
    visitor, browser = Visitor(tenant), Browser(provider)
    assert visitor.come_back(browser.follow(visitor.begin())).status_code == 302
    back = browser.follow(led_to(visitor.post("/logout/")))
    assert visitor.user_id() is None
    assert visitor.come_back(back)["Location"] == "/login/"
    assert "here and at Sso." in visitor.get("/login/").content.decode()
    # It asks who they are again: the session there has ended.
    assert visitor.come_back(browser.follow(visitor.begin(), "grace")).status_code == 302
    assert events(tenant)[-1].subject == "grace"


def test_who_signs_out_there_is_signed_out_here(tenant: Tenant, provider: OidcProvider) -> None:
    with Receiver().running() as receiver:
        _trusting(
            tenant,
            provider,
            backchannel_logout_uri=receiver.url,
            backchannel_logout_session_required=True,
        )
        visitor, browser, other = Visitor(tenant), Browser(provider), Visitor(tenant)
        assert visitor.come_back(browser.follow(visitor.begin())).status_code == 302
        assert other.come_back(Browser(provider).follow(other.begin())).status_code == 302
        with tenant_scope(tenant):
            assert all(OidcSession.objects.values_list("sid", flat=True))
        browser.follow(f"{provider.issuer}/session/end", until="/session/end/success")
        token = receiver.tokens.get(timeout=10)
    at = "/sso/oidc/sso/backchannel-logout/"
    answer = Visitor(tenant).post(at, {"logout_token": token})
    assert answer.status_code == 200, events(tenant)[-1].reason
    assert visitor.user_id() is None
    assert other.user_id(), "a session of another browser goes on"
