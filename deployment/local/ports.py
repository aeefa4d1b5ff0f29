"""Loopback ports: which are free, and who answers on one."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def port_is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now.

    Binding is the only honest test: a listener that does not accept would pass a connection
    attempt. ``SO_REUSEADDR`` is what servers set, so a lingering TIME_WAIT is not "taken".
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def usual_port(last: int | None) -> int:
    """Return the port that was used last time if it is free again, else any free one."""
    return last if last and port_is_free(last) else free_port()


def exchange(port: int, request: bytes, *, timeout: float = 1.0) -> bytes:
    """Send bytes to a loopback port and return the first bytes of the answer.

    Returns ``b""`` when nobody answers in time: to a readiness check that is all one thing.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout) as connection:
            connection.sendall(request)
            return connection.recv(4096)
    except OSError:
        return b""
