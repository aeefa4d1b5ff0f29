from __future__ import annotations

import socket

from deployment.local import ports


def test_a_free_port_can_be_listened_on() -> None:
    assert ports.port_is_free(ports.free_port())


def test_a_port_with_a_listener_is_taken_even_if_it_never_accepts() -> None:
    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, 0))
        listener.listen(0)

        assert not ports.port_is_free(listener.getsockname()[1])


def test_the_usual_port_is_kept_while_it_is_free_and_left_when_it_is_taken() -> None:
    port = ports.free_port()
    assert ports.usual_port(port) == port

    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, port))
        listener.listen()

        assert ports.usual_port(port) != port


def test_nobody_answering_is_an_empty_answer() -> None:
    assert ports.exchange(ports.free_port(), b"PING\r\n") == b""
