"""A small name server on a free loopback port, over UDP and TCP, that answers as it is told."""

from __future__ import annotations

import socketserver
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says of one name.

    Attributes:
        texts: TXT records, each of one or more strings.
        addresses: A records.
        rcode: the answer's code.
        alias: where a CNAME leads; the texts then stand there.
        cut: over UDP, answer only that the answer is too long.
        silent: do not answer at all.
        first: called before it answers, on the server's own thread.
    """

    texts: tuple[tuple[bytes, ...], ...] = ()
    addresses: tuple[str, ...] = ()
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    alias: str = ""
    cut: bool = False
    silent: bool = False
    first: Callable[[], Any] = lambda: None


UNKNOWN = Answer(rcode=dns.rcode.NXDOMAIN)


def text(value: str) -> Answer:
    """One TXT record of one string."""
    return Answer(((value.encode(),),))


class DnsServer:
    """Serves ``zone``, a mapping of names to answers that may change, while the block lasts.

    Attributes:
        asked: the names that were asked for, and over what.
    """

    def __init__(self, zone: Mapping[str, Answer]) -> None:
        self.zone = zone
        self.asked: list[tuple[str, str]] = []
        self._udp, self._tcp = _listening()
        self._udp.answers = self._tcp.answers = self

    @property
    def address(self) -> str:
        """``address:port``, as ``settings.DNS_NAMESERVERS`` wants it."""
        return f"{LOOPBACK}:{self._udp.server_address[1]}"

    def reply(self, wire: bytes, transport: str) -> bytes | None:
        """The answer to one question, in wire form; None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        self.asked.append((name, transport))
        answer = self.zone.get(name, UNKNOWN)
        answer.first()
        if answer.silent:
            return None
        cut = answer.cut and transport == "udp"
        return _message(query, question, answer, cut=cut).to_wire(
            max_size=65535, want_shuffle=False
        )

    def __enter__(self) -> Self:
        """Start; both sockets listen already."""
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and give the port back."""
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()


def _message(query: Any, question: Any, answer: Answer, *, cut: bool) -> dns.message.Message:
    message = dns.message.make_response(query, recursion_available=True)
    message.set_rcode(answer.rcode)
    if cut:
        message.flags |= dns.flags.TC
        return message
    name = question.name.to_text()
    if answer.alias:
        message.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"{answer.alias}."))
        name = f"{answer.alias}."
    if answer.texts:
        shown = [" ".join(f'"{each.decode()}"' for each in strings) for strings in answer.texts]
        message.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *shown))
    if answer.addresses and question.rdtype == dns.rdatatype.A:
        message.answer.append(dns.rrset.from_text(name, 60, "IN", "A", *answer.addresses))
    return message


class _OverUdp(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        wire, socket = self.request
        reply = self.server.answers.reply(wire, "udp")
        if reply is not None:
            socket.sendto(reply, self.client_address)


class _OverTcp(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.rfile.read(2))
        reply = self.server.answers.reply(self.rfile.read(length), "tcp")
        if reply is not None:
            self.wfile.write(struct.pack("!H", len(reply)) + reply)


class _Udp(socketserver.ThreadingUDPServer):
    answers: DnsServer


class _Tcp(socketserver.ThreadingTCPServer):
    answers: DnsServer


def _listening() -> tuple[_Udp, _Tcp]:
    """Both servers on one port; another process may have the TCP port's twin, so try a few."""
    for _ in range(20):
        tcp = _Tcp((LOOPBACK, 0), _OverTcp)
        try:
            return _Udp(tcp.server_address, _OverUdp), tcp
        except OSError:
            tcp.server_close()
    raise OSError("No port is free for UDP and TCP.")
