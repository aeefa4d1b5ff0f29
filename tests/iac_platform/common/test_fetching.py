"""Documents are fetched from the public internet, within limits, and from nowhere else."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.fetching import FetchFailed, fetch, is_public, is_public_web
from tests.https_server import HttpsServer, answer_of, write_certificate
from tests.tenants.domains.dns_server import Answer, DnsServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

_BODY = b"a document"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "both.pem")


class Server(HttpsServer):
    """One from which documents are fetched."""

    def fetch(self, path: str = "/metadata", host: str = "127.0.0.1", **how: Any) -> bytes:
        url = f"https://{host}:{self.port}{path}"
        given = {"max_bytes": 1000, "seconds": 5.0, "tls": self.trusted, **how}
        return fetch(url, may_connect=lambda *_: True, **given)


@pytest.fixture
def names(settings: Settings) -> Iterator[DnsServer]:
    """A name server that knows localhost, whose certificate the server has."""
    with DnsServer({"localhost": Answer(addresses=("127.0.0.1",))}) as names:
        settings.DNS_NAMESERVERS = [names.address]
        yield names


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    server = Server(certificate, lambda browser: browser.sendall(answer_of(_BODY)))
    with server.running():
        yield server


def test_a_document_is_fetched(server: Server) -> None:
    assert server.fetch("/a?b=c") == _BODY
    [asked] = server.asked
    assert asked.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n".encode() in asked


def test_by_default_nothing_of_this_machine_is_reached(server: Server) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        with pytest.raises(FetchFailed, match="no public address"):
            fetch(f"https://{host}:{server.port}/", max_bytes=10, tls=server.trusted)
    assert server.asked == []


def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(names: DnsServer) -> None:
    names.zone = {"both.example.com": Answer(addresses=("8.8.8.8", "10.0.0.1"))}
    with pytest.raises(FetchFailed, match="no public address"):
        fetch("https://both.example.com/", max_bytes=10)


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_used(
    server: Server, names: DnsServer
) -> None:
    """DNS rebinding: the second answer would lead elsewhere."""
    checked = []

    def may_connect(address: str, port: int) -> bool:
        checked.append((address, port))
        names.zone = {}
        return True

    url = f"https://localhost:{server.port}/"
    assert fetch(url, max_bytes=1000, may_connect=may_connect, tls=server.trusted) == _BODY
    assert checked == [("127.0.0.1", server.port)]
    assert names.asked == [("localhost", "udp")] * 2  # its addresses of either family


def test_whoever_has_no_time_left_is_told_so() -> None:
    with pytest.raises(FetchFailed):
        fetch("https://late.example.com/", max_bytes=10, seconds=0)


def test_dns_that_does_not_answer_is_waited_for_no_longer_than_the_rest(names: DnsServer) -> None:
    names.zone = {"silent.example.com": Answer(silent=True)}
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="DNS"):
        fetch("https://silent.example.com/", max_bytes=10, seconds=0.3)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),  # noqa: S104  # refused
        *("192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1", "fe80::1"),
        *("fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::1"),
        *("168.63.129.16", "192.0.0.9", "192.0.0.10", "::ffff:168.63.129.16"),
        *("2001::1", "2001:db8::1", "2002:a00:1::1", "fe80::1%eth0"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


def test_ports_other_than_those_of_the_web_are_not_probed() -> None:
    assert [
        port for port in (22, 25, 80, 443, 5432, 6379, 8443) if is_public_web("1.1.1.1", port)
    ] == [443, 8443]
    assert not is_public_web("10.0.0.1", 443)
    with pytest.raises(FetchFailed, match="at port 443 or 8443"):
        fetch("https://1.1.1.1:22/", max_bytes=10)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost", "http://example.com/", "ftp://example.com/", "file:///etc/passwd"),
        *("https://", "https://a@example.com/", "https://a:b@example.com/", "https://x:y/"),
        *("https://example.com/a b", "https://example.com/\r\nX: y", "https://exämple.com/"),
        *("https://example.com:99999/", "https://[::1/"),
        *("https://.example.com/", "https://a..b/", "https://a\\..b/", f"https://{'a' * 64}.com/"),
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
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of it",
            "could not be reached, or did not send",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, "over 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000, "over 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "compressed"),
        (
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
            "could not be reached, or did not send",
        ),
        (b"nothing that HTTP knows\r\n\r\n", "could not be reached, or did not send"),
    ],
    ids=["redirect", "missing", "half", "long", "endless", "gzip", "header", "garbage"],
)
def test_other_answers_are_refused(server: Server, answer: bytes, reason: str) -> None:
    server.answer = lambda browser: browser.sendall(answer)
    with pytest.raises(FetchFailed, match=reason):
        server.fetch()
    assert len(server.asked) == 1


def _dribble(browser: ssl.SSLSocket) -> None:
    """Send a byte now and then, for as long as anybody listens."""
    browser.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(200):
        threading.Event().wait(0.05)
        browser.sendall(b"x")


def test_a_server_that_dribbles_is_cut_off_in_time(server: Server) -> None:
    server.answer = _dribble
    began = time.monotonic()
    with pytest.raises(FetchFailed, match=r"within 0\.5 seconds"):
        server.fetch(seconds=0.5)
    assert time.monotonic() - began < 5


@pytest.fixture
def stalled(server: Server) -> Iterator[socket.socket]:
    """At another address of this machine, somebody who takes a connection and says nothing."""
    with socket.create_server(("127.0.0.2", server.port)) as listening:
        yield listening


def _at_both(names: DnsServer, stalled: socket.socket) -> None:
    addresses = (stalled.getsockname()[0], "127.0.0.1")
    names.zone = {"localhost": Answer(addresses=addresses)}


def test_an_address_that_stalls_leaves_time_for_the_next(
    server: Server, names: DnsServer, stalled: socket.socket
) -> None:
    _at_both(names, stalled)
    assert server.fetch(host="localhost", seconds=2.0) == _BODY


def test_the_next_address_has_what_is_left_of_the_time_and_no_more(
    server: Server, names: DnsServer, stalled: socket.socket
) -> None:
    _at_both(names, stalled)
    server.answer = _dribble
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="within 1 seconds"):
        server.fetch(host="localhost", seconds=1.0)
    assert time.monotonic() - began < 5
    assert len(server.asked) == 1


def test_few_of_many_addresses_are_tried(
    server: Server, names: DnsServer, stalled: socket.socket
) -> None:
    stalled.close()  # nobody listens there
    beyond = (*("127.0.0.2", "127.0.0.3"), "127.0.0.1")
    names.zone = {"localhost": Answer(addresses=beyond)}
    with pytest.raises(FetchFailed, match="could not be reached"):
        server.fetch(host="localhost")
    names.zone = {"localhost": Answer(addresses=beyond[1:])}
    assert server.fetch(host="localhost") == _BODY


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
