"""Asking servers whose addresses tenants give: of the internet, and of nowhere else.

A server that fetches what it is told can be told to look around in its own network (server-side
request forgery). So only https is spoken, at the ports of the web; a name is looked up once, every
address that it has must be a public one, and the connection goes to one of these, not to what the
name means a moment later; redirects are not followed, no proxy is asked, and size and time are
bounded.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing, suppress
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

import dns.exception
import dns.name
from django.conf import settings

from iac_platform.common.errors import DomainError
from iac_platform.common.name_servers import resolver

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

SECONDS: Final = 10.0
_CHUNK: Final = 64 * 1024
_HTTPS: Final = 443
_PORTS: Final = (_HTTPS, 8443)
# Of each family, so that one that is not routed here leaves the other.
_ADDRESSES: Final = 2
_OK: Final = 200
# Global unicast is what there is of it (RFC 4291); these parts of it lead on to an IPv4 address.
_UNICAST: Final = IPv6Network("2000::/3")
_TUNNELS: Final = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
# Global as well, but answered by the network at hand: Azure's platform (WireServer), and PCP and
# TURN's anycast addresses (RFC 7723, 8155).
_AT_HAND: Final = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
_HEADERS: Final = {"User-Agent": "iac-platform", "Accept": "*/*", "Accept-Encoding": "identity"}


class FetchFailed(DomainError):
    """A document could not be fetched; the detail says why, in words for whoever gave the URL."""

    code = "fetch-failed"
    title = "The document could not be fetched"


class AnsweredOtherwise(FetchFailed):
    """The server answered something else than 200.

    Attributes:
        status: what it answered.
        document: what it said; empty if that was too much.
    """

    def __init__(self, status: int, document: bytes) -> None:
        super().__init__(
            f"The server answered {status}; 200 is needed, and redirects are not followed."
        )
        self.status = status
        self.document = document


class TooLarge(FetchFailed):
    """The document is larger than is read."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, in every way that it can be written."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    if ip.is_multicast or not ip.is_global:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _AT_HAND)
    return ip in _UNICAST and not any(ip in tunnel for tunnel in _TUNNELS)


class Content(NamedTuple):
    """What is posted to a URL, and the headers that say what it is."""

    data: bytes
    headers: Mapping[str, str]


class MayConnect(Protocol):
    """Where connections may go."""

    def __call__(self, address: str, port: int) -> bool:
        """Whether they may go to a port of an IP address."""


def is_public_web(address: str, port: int) -> bool:
    """Whether it is a public address, at a port where documents are published."""
    return port in _PORTS and is_public(address)


def fetch(
    url: str,
    *,
    max_bytes: int,
    content: Content | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    may_connect: MayConnect = is_public_web,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """The document at a URL on https, or what it answers to a post.

    Args:
        url: as a tenant gave it.
        max_bytes: of a larger document nothing is returned.
        content: what is posted; without it, the document is asked for by GET.
        headers: beside our own, such as credentials for this very server.
        seconds: for all of it together.
        may_connect: where connections may go; to other places than the public web in tests.
        tls: whose certificates are trusted; by default the system's authorities.

    Raises:
        AnsweredOtherwise: the server answered something else than 200.
        TooLarge: the document has more bytes.
        FetchFailed: it is no such URL, leads to no public address, or gave no such document.
    """
    parts, deadline = parse_url(url), _Deadline(seconds)
    host, port = str(parts.hostname), parts.port or _HTTPS
    addresses = _addresses(host, deadline)
    if not addresses or not all(may_connect(address, port) for address in addresses):
        raise FetchFailed(_unreachable(host))
    connection = _Connection(
        host, port, _tried(addresses), tls or ssl.create_default_context(), deadline
    )
    try:
        with closing(connection):
            _send(connection, _target(parts), content, {**_HEADERS, **(headers or {})})
            return _document(connection.getresponse(), max_bytes)
    except ssl.SSLCertVerificationError as error:
        wrong = f"The certificate of {host} is not valid: {error.verify_message}."
        raise FetchFailed(wrong) from error
    except (OSError, HTTPException) as error:
        late = (
            f"{host} could not be reached, or did not send the document within {seconds:g} seconds."
        )
        raise FetchFailed(late) from error


class _Deadline:
    """The one end of the time for all that a fetch does."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """How many seconds are left.

        Raises:
            TimeoutError: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Socket(ssl.SSLSocket):
    """A socket on which no single read or write outlasts the deadline.

    A time-out of Python's bounds one of them, and whoever sends a byte now and then has many.
    """

    deadline: _Deadline

    def recv_into(self, *given: Any, **how: Any) -> int:
        """Read what comes before the deadline."""
        self.settimeout(self.deadline.left())
        return super().recv_into(*given, **how)

    def send(self, *given: Any, **how: Any) -> int:
        """Write what is taken before the deadline."""
        self.settimeout(self.deadline.left())
        return super().send(*given, **how)


class _Connection(HTTPSConnection):
    """A connection to one of the addresses that were checked, for the name that was asked for."""

    def __init__(
        self, host: str, port: int, addresses: list[str], tls: ssl.SSLContext, deadline: _Deadline
    ) -> None:
        super().__init__(host, port, context=tls)
        self._addresses, self._tls, self._deadline = addresses, tls, deadline
        tls.sslsocket_class = _Socket
        # Some builds of Python take an end that TLS does not announce for an announced one.
        tls.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF

    def connect(self) -> None:
        """Connect to the first address that answers, each in its share of the time."""
        for others in range(len(self._addresses) - 1, 0, -1):
            with suppress(OSError):
                share = self._deadline.left() / (others + 1)
                return self._connect_to(self._addresses[-others - 1], share)
        return self._connect_to(self._addresses[-1], self._deadline.left())

    def _connect_to(self, address: str, seconds: float) -> None:
        own = _Deadline(seconds)
        plain = socket.create_connection((address, self.port), own.left())
        try:
            plain.settimeout(own.left())  # for the whole handshake
            # An end that TLS does not announce is an error, not the end of the document.
            made = self._tls.wrap_socket(
                plain, server_hostname=self.host, suppress_ragged_eofs=False
            )
        except OSError:
            plain.close()
            raise
        self.sock = cast("_Socket", made)
        self.sock.deadline = self._deadline


def parse_url(url: str) -> SplitResult:
    """The parts of a URL that can be fetched.

    Raises:
        FetchFailed: it is none.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where there is none
    except ValueError:
        raise FetchFailed("This is not a URL.") from None
    plain = url.isascii() and url.isprintable() and not {" ", "\\"} & set(url)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not plain:
        raise FetchFailed("Give a URL that begins with https://, without a user name.")
    return parts


def _target(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _send(
    connection: _Connection, target: str, content: Content | None, headers: Mapping[str, str]
) -> None:
    if content is None:
        connection.request("GET", target, headers=headers)
    else:
        connection.request("POST", target, content.data, {**headers, **content.headers})


def _addresses(host: str, deadline: _Deadline) -> list[str]:
    """All addresses of a name, or the address that it is."""
    with suppress(ValueError):
        return [str(ip_address(host))]
    try:
        names = resolver(settings.DNS_NAMESERVERS, deadline.left())
        found = names.resolve_name(dns.name.from_text(host), search=False, lifetime=deadline.left())
    except (dns.exception.DNSException, OSError):
        raise FetchFailed(_unreachable(host)) from None
    return list(found.addresses())


def _unreachable(host: str) -> str:
    """One text for a name that there is not and for one that leads inside.

    Two would tell a tenant which names the operator's own network has.
    """
    return (
        f"{host} has no public address at port 443 or 8443, or DNS did not answer. Give an https "
        "URL that the internet can reach."
    )


def _tried(addresses: list[str]) -> list[str]:
    """Those that are tried, one after another."""
    families: dict[int, list[str]] = {4: [], 6: []}
    for address in addresses:
        families[ip_address(address).version].append(address)
    return [address for each in families.values() for address in each[:_ADDRESSES]]


def _document(response: HTTPResponse, max_bytes: int) -> bytes:
    if response.status == _OK:
        return _body(response, max_bytes)
    said = b""
    with suppress(FetchFailed, OSError, HTTPException):
        said = _body(response, max_bytes)
    raise AnsweredOtherwise(response.status, said)


def _body(response: HTTPResponse, max_bytes: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchFailed("The server sent compressed content, which was not requested.")
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"The document has over {max_bytes} bytes.")
    if response.length:  # what is still to come, where the server had said how much there is
        raise HTTPException("The document ended early.")
    return bytes(body)
