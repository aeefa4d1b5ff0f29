"""One transaction of a service, also where it calls other services, and rows sent along in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from django.db import DEFAULT_DB_ALIAS, connections, transaction

if TYPE_CHECKING:
    from types import TracebackType

    from django.db.models import Model


class DeferredInserts(Protocol):
    """A connection that sends a row along with the next statement, as ``tenants.database`` does."""

    def insert_deferred(self, row: Model) -> None:
        """Insert a row with the next statement."""


class OneTransaction(transaction.Atomic):
    """``transaction.atomic()`` that is all or nothing, together with the one that it stands in.

    Within another of its kind it takes no savepoint, which spares two round trips: whoever catches
    an error of the inner one, and goes on, is refused by Django. To do so, put Django's own
    ``transaction.atomic()`` around what may fail.
    """

    def __init__(self) -> None:
        super().__init__(using=DEFAULT_DB_ALIAS, savepoint=True, durable=False)

    def _recreate_cm(self) -> OneTransaction:
        """As a decorator: another one for each call, as each stands elsewhere."""
        return OneTransaction()

    def __enter__(self) -> None:
        """Begin, as a part of the surrounding one if there is one."""
        around: Any = connections[DEFAULT_DB_ALIAS].atomic_blocks
        self.savepoint = not (around and isinstance(around[-1], OneTransaction))
        super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit or roll back, if this is the outermost."""
        super().__exit__(kind, error, trace)


def one_transaction() -> OneTransaction:
    """All or nothing: a context manager and, called, a decorator; see ``OneTransaction``."""
    return OneTransaction()


def insert_deferred(row: Model) -> None:
    """Insert a row of the current tenant's along with the next statement, without a round trip.

    It must not collide with another: whoever sends that statement would be told.

    Raises:
        TransactionManagementError: no transaction is open.
    """
    cast("DeferredInserts", connections[DEFAULT_DB_ALIAS]).insert_deferred(row)
