"""Fetching documents from addresses that tenants give: from the internet, and from nowhere else.

A server that fetches what it is told can be told to look around in its own network (server-side
request forgery). So only https is spoken; a name is looked up once, every address that it has must
be a public one, and the connection goes to one of these, not to what the name means a moment
later; redirects are not followed, no proxy is asked, and size and time are bounded.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from iac_platform.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from urllib.parse import SplitResult

SECONDS: Final = 10.0
_CHUNK: Final = 64 * 1024
_HTTPS: Final = 443
_OK: Final = 200
# Global unicast is what there is of it (RFC 4291); these parts of it lead on to an IPv4 address.
_UNICAST: Final = IPv6Network("2000::/3")
_TUNNELS: Final = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
_HEADERS: Final = {"User-Agent": "iac-platform", "Accept": "*/*", "Accept-Encoding": "identity"}


class FetchFailed(DomainError):
    """A document could not be fetched; the detail says why, in words for whoever gave the URL."""

    code = "fetch-failed"
    title = "The document could not be fetched"


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, in every way that it can be written."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    if ip.is_multicast or not ip.is_global:
        return False
    return isinstance(ip, IPv4Address) or (
        ip in _UNICAST and not any(ip in tunnel for tunnel in _TUNNELS)
    )


def fetch(
    url: str,
    *,
    max_bytes: int,
    seconds: float = SECONDS,
    may_connect: Callable[[str], bool] = is_public,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """The document at a URL on https.

    Args:
        url: as a tenant gave it.
        max_bytes: of a larger document nothing is returned.
        seconds: for connection and answer together, after the name was looked up.
        may_connect: which IP addresses may be connected to; others than the public ones in tests.
        tls: whose certificates are trusted; by default the system's authorities.

    Raises:
        FetchFailed: it is no such URL, leads to no public address, or gave no such document.
    """
    parts = _parts(url)
    host, port = str(parts.hostname), parts.port or _HTTPS
    addresses = _addresses(host, port, may_connect)
    connection = _Connection(host, port, addresses, tls or ssl.create_default_context(), seconds)
    try:
        with closing(connection), _deadline(connection, seconds):
            connection.request("GET", _target(parts), headers=_HEADERS)
            return _body(connection.getresponse(), max_bytes)
    except ssl.SSLCertVerificationError as error:
        wrong = f"The certificate of {host} is not valid: {error.verify_message}."
        raise FetchFailed(wrong) from error
    except (OSError, HTTPException) as error:
        late = f"{host} did not answer as it should within {seconds:g} seconds."
        raise FetchFailed(late) from error


class _Connection(HTTPSConnection):
    """A connection to one of the addresses that were checked, for the name that was asked for."""

    def __init__(
        self, host: str, port: int, addresses: list[str], tls: ssl.SSLContext, seconds: float
    ) -> None:
        super().__init__(host, port, timeout=seconds, context=tls)
        self._addresses, self._tls, self._seconds = addresses, tls, seconds
        self._open: ssl.SSLSocket | None = None
        self.is_cut_off = False

    def connect(self) -> None:
        """Connect to the first address that answers."""
        *others, last = self._addresses
        for address in others:
            with suppress(OSError):
                return self._connect_to(address)
        return self._connect_to(last)

    def cut_off(self) -> None:
        """End it, from another thread."""
        self.is_cut_off = True
        if self._open is not None:
            with suppress(OSError):
                self._open.shutdown(socket.SHUT_RDWR)

    def _connect_to(self, address: str) -> None:
        share = self._seconds / len(self._addresses)
        plain = socket.create_connection((address, self.port), share)
        plain.settimeout(self._seconds)
        # An end that TLS does not announce is an error, not the end of the document. The
        # handshake waits until the deadline knows what to cut off.
        self.sock = self._open = self._tls.wrap_socket(
            plain,
            server_hostname=self.host,
            suppress_ragged_eofs=False,
            do_handshake_on_connect=False,
        )
        try:
            self._open.do_handshake()
        except OSError:
            self._open.close()
            raise


@contextmanager
def _deadline(connection: _Connection, seconds: float) -> Iterator[None]:
    """Cut the connection off at the end of the time, also where a few bytes come now and then."""
    timer = Timer(seconds, connection.cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if connection.is_cut_off:  # what came until then may look like all of it
        raise TimeoutError


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where there is none
    except ValueError:
        raise FetchFailed("It is not a URL.") from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not plain:
        raise FetchFailed("Give a URL that begins with https://, without a user name.")
    return parts


def _target(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _addresses(host: str, port: int, may_connect: Callable[[str], bool]) -> list[str]:
    """The addresses of a name, of which every one must be allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailed(f"There is no host called {host}.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(may_connect(address) for address in addresses):
        raise FetchFailed(f"{host} is not an address of the public internet.")
    return addresses


def _body(response: HTTPResponse, max_bytes: int) -> bytes:
    if response.status != _OK:
        raise FetchFailed(f"It was answered with the status {response.status}, not with 200.")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchFailed("It was answered in an encoding that was not asked for.")
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise FetchFailed(f"The document has over {max_bytes} bytes.")
    if response.length:  # what is still to come, where the server had said how much there is
        raise HTTPException("The document ended early.")
    return bytes(body)
