"""What the socket of a connection tells before anything is sent over it."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import PGconn

_COMMIT = b"COMMIT"


class NotCommitted(psycopg.OperationalError):
    """The server answered COMMIT with ROLLBACK: a statement before it had failed."""


def is_readable(pgconn: PGconn) -> bool:
    """Whether something has arrived that nobody asked for.

    A server says goodbye before it closes a connection, and both stay unread until somebody
    looks. One reading finds the notice alone and the connection in order: hence whatever can
    be read on an idle connection means that it is not to be used. At worst, as with a setting
    that changed on the server, a good one is replaced.

    Raises:
        OSError, ValueError: there is no socket.
    """
    readable, _, _ = select.select([pgconn.socket], [], [], 0)
    return bool(readable)


def require_alive(connection: psycopg.Connection[Any]) -> None:
    """Read what has arrived, up to the end of the connection.

    Raises:
        psycopg.OperationalError: it has ended.
    """
    try:
        while is_readable(connection.pgconn):
            connection.pgconn.consume_input()
    except (OSError, ValueError) as error:
        raise psycopg.OperationalError(f"the connection is lost: {error}") from error


def is_refusal(connection: psycopg.Connection[Any], error: psycopg.Error) -> bool:
    """Whether the server itself refused what was sent, and waits for the next statement.

    Then nothing of it was done: after the statement of a message that failed, no other is. A
    pooler that lost the server answers as well (08P01), and does not know.
    """
    if isinstance(error, NotCommitted):
        return True
    status = connection.pgconn.transaction_status
    code = error.sqlstate or ""
    waits = status in (TransactionStatus.IDLE, TransactionStatus.INERROR)
    return waits and not code.startswith(("08", "57P", "25P0", "40003"))


def commit(connection: psycopg.Connection[Any], before: Sequence[str] = ()) -> None:
    """Send the last statements of a transaction with COMMIT, and read all of the answer.

    A backend that is ended while it commits answers twice, first that it has committed, which
    the driver's own ``commit()`` reports as an internal error.

    Raises:
        NotCommitted: nothing was committed.
        psycopg.Error: the server refused, or the connection ended without an answer.
    """
    pgconn = connection.pgconn
    if pgconn.transaction_status == TransactionStatus.IDLE and not before:
        return
    if pgconn.transaction_status == TransactionStatus.INERROR:
        before = ()  # the server would hear none of them
    with connection.lock:
        pgconn.send_query(b"; ".join([*(each.encode() for each in before), _COMMIT]))
        results = connection.wait(execute(pgconn))
    if any(result.command_status == _COMMIT for result in results):
        return
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")
    if not results:
        raise psycopg.OperationalError("the connection ended without an answer to COMMIT")
    raise NotCommitted("the transaction had failed and was rolled back")
