"""Documents are fetched from the public internet, within limits, and from nowhere else."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.fetching import FetchFailed, fetch, is_public
from tests.https_server import HttpsServer, answer_of, write_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BODY = b"a document"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "both.pem")


class Server(HttpsServer):
    """One from which documents are fetched."""

    def fetch(self, path: str = "/metadata", host: str = "localhost", **how: Any) -> bytes:
        url = f"https://{host}:{self.port}{path}"
        given = {"max_bytes": 1000, "seconds": 5.0, "tls": self.trusted, **how}
        return fetch(url, may_connect=lambda _: True, **given)


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    server = Server(certificate, lambda browser: browser.sendall(answer_of(_BODY)))
    with server.running():
        yield server


def test_a_document_is_fetched(server: Server) -> None:
    assert server.fetch("/a?b=c") == _BODY
    [asked] = server.asked
    assert asked.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: localhost:{server.port}\r\n".encode() in asked
    assert server.fetch(host="127.0.0.1") == _BODY


def test_by_default_nothing_of_this_machine_is_reached(server: Server) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        with pytest.raises(FetchFailed, match=r"public internet|no host"):
            fetch(f"https://{host}:{server.port}/", max_bytes=10, tls=server.trusted)
    assert server.asked == []


def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("8.8.8.8", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(FetchFailed, match="public internet"):
        fetch("https://both.example.com/", max_bytes=10)
    assert server.asked == []


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer would lead elsewhere."""
    real, asked = socket.getaddrinfo, []

    def lookup(host: Any, *rest: Any, **how: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "localhost" else host, *rest, **how)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert server.fetch() == _BODY
    assert asked == ["localhost", "127.0.0.1"]  # the second is no name, and so no question


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),  # noqa: S104  # refused
        *("192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1", "fe80::1"),
        *("fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::1"),
        *("2001::1", "2001:db8::1", "2002:a00:1::1", "fe80::1%eth0"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost", "http://example.com/", "ftp://example.com/", "file:///etc/passwd"),
        *("https://", "https://a@example.com/", "https://a:b@example.com/", "https://x:y/"),
        *("https://example.com/a b", "https://example.com/\r\nX: y", "https://exämple.com/"),
        *("https://example.com:99999/", "https://[::1/"),
    ],
)
def test_what_is_no_such_url_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed):
        fetch(url, max_bytes=10)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "302"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of it", "as it should"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, "over 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000, "over 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "encoding"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", "as it should"),
        (b"nothing that HTTP knows\r\n\r\n", "as it should"),
    ],
    ids=["redirect", "missing", "half", "long", "endless", "gzip", "header", "garbage"],
)
def test_other_answers_are_refused(server: Server, answer: bytes, reason: str) -> None:
    server.answer = lambda browser: browser.sendall(answer)
    with pytest.raises(FetchFailed, match=reason):
        server.fetch()
    assert len(server.asked) == 1


def test_a_server_that_dribbles_is_cut_off_in_time(server: Server) -> None:
    ended = threading.Event()

    def dribble(browser: ssl.SSLSocket) -> None:
        browser.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not ended.wait(0.05):
            browser.sendall(b"x")

    server.answer = dribble
    began = time.monotonic()
    with pytest.raises(FetchFailed, match=r"within 0\.5 seconds"):
        server.fetch(seconds=0.5)
    assert time.monotonic() - began < 5
    ended.set()


def test_a_document_that_ends_without_being_announced_is_not_taken(server: Server) -> None:
    """Somebody on the way cut it off."""

    def break_off(browser: ssl.SSLSocket) -> None:
        browser.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf")
        browser.shutdown(socket.SHUT_RDWR)

    server.answer = break_off
    with pytest.raises(FetchFailed):
        server.fetch()


def test_a_server_whose_certificate_nobody_vouches_for_is_refused(server: Server) -> None:
    with pytest.raises(FetchFailed, match="certificate"):
        server.fetch(tls=ssl.create_default_context())
    assert server.asked == []
