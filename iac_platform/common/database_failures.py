"""What a failure of the database means to whoever waits for an answer.

The driver reports a database that is restarting, full or gone by dozens of classes; PgBouncer
adds texts of its own. Five meanings are left, and everything else is a defect of ours.
Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import psycopg
from django.db import InterfaceError, OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Iterator


class DatabaseFailure(Enum):
    """Why the database did not do what it was asked."""

    LOST = "connection-lost"
    """A connection that worked has ended; another one may work at once."""
    UNREACHABLE = "unreachable"
    """No connection is to be had: the server is down, starting, or full."""
    OUT_OF_RESOURCES = "out-of-resources"
    """It answers, and lacks the disk, the memory or the locks for this."""
    READ_ONLY = "read-only"
    """It answers, and takes no writes: a standby, or a tenant that is being moved."""
    BUSY = "busy"
    """The transaction lost against others, or took too long, and was rolled back."""


_LOST = DatabaseFailure.LOST
_UNREACHABLE = DatabaseFailure.UNREACHABLE
_BUSY = DatabaseFailure.BUSY
# By SQLSTATE, else by its class (the first two characters).
_BY_CODE = {
    "08001": _UNREACHABLE,  # sqlclient_unable_to_establish_sqlconnection
    "08004": _UNREACHABLE,  # sqlserver_rejected_establishment_of_sqlconnection
    "25006": DatabaseFailure.READ_ONLY,  # read_only_sql_transaction
    "25P03": _LOST,  # idle_in_transaction_session_timeout
    "25P04": _LOST,  # transaction_timeout
    "3D000": _UNREACHABLE,  # invalid_catalog_name: only a connection names a database
    "40001": _BUSY,  # serialization_failure
    "40003": _LOST,  # statement_completion_unknown
    "40P01": _BUSY,  # deadlock_detected
    "55P03": _BUSY,  # lock_not_available
    "57014": _BUSY,  # query_canceled
    "57P01": _LOST,  # admin_shutdown, and pg_terminate_backend()
    "57P02": _LOST,  # crash_shutdown
    "57P03": _UNREACHABLE,  # cannot_connect_now: starting up or shutting down
    "57P04": _LOST,  # database_dropped
    "57P05": _LOST,  # idle_session_timeout
    "08": _LOST,
    "28": _UNREACHABLE,  # the password was changed, or pg_hba.conf was
    "53300": _UNREACHABLE,  # too_many_connections, of the server, the database or the role
    "53": DatabaseFailure.OUT_OF_RESOURCES,  # disk full, out of memory
    "58": DatabaseFailure.OUT_OF_RESOURCES,  # system error
}
# PgBouncer reports everything of its own as 08P01. Of these texts a second try would wait as
# long again; whatever else it says, the connection has ended (its source, client.c, janitor.c,
# objects.c: "server conn crashed?", "pgbouncer cannot connect to server" and the like).
_POOLER = "08P01"
_POOLER_UNREACHABLE = (
    "query_wait_timeout",
    "server_login_retry",
    "server login has been failing",
    "server login failed",
    "cannot connect to server",
    "no more connections allowed",
    "max_client_conn",
    "client_login_timeout",
    "pool is paused",
    "database is disabled",
    "no such database",
    "shutting down",
    "authentication failed",
    "auth failed",
)


def failure_of(error: BaseException | None) -> DatabaseFailure | None:
    """What failure of the database an exception comes of; None when it comes of no such thing."""
    last: BaseException | None = None
    for last in _chain(error):
        if isinstance(last, psycopg.Error):
            return _of_driver(last)
    # Django raises some of these itself, such as "connection already closed".
    return _LOST if isinstance(last, OperationalError | InterfaceError) else None


def may_have_committed() -> bool:
    """Whether this thread's request may have changed anything that a repeat would change again.

    Our database backend knows (``tenants.database``); of another one it is not to be known.
    """
    return bool(getattr(connection, "may_have_committed", True))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that it was raised from, or while handling."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _of_driver(error: psycopg.Error) -> DatabaseFailure | None:
    code = error.sqlstate
    if code == _POOLER:
        return _UNREACHABLE if _says(error, _POOLER_UNREACHABLE) else _LOST
    if code is not None:
        return _BY_CODE.get(code) or _BY_CODE.get(code[:2])
    # A backend that is ended while it answers answers twice, which psycopg takes for a defect.
    if isinstance(error, psycopg.InternalError) and str(error).startswith("received "):
        return _LOST
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    # Only a connection that was never made comes along with its error.
    return _UNREACHABLE if error.pgconn is not None else _LOST


def _says(error: psycopg.Error, texts: tuple[str, ...]) -> bool:
    message = str(error).lower()
    return any(text in message for text in texts)
