"""The cursor that tells PostgreSQL whose statement it is sending.

Statements travel with the simple query protocol, which takes several at once: the
context, and the BEGIN of a transaction, ride in front of the first statement and
cost no round trip of their own. In autocommit, PostgreSQL treats the statements of
one message as one transaction
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT),
so the context ends with the statement it was sent for.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.db.backends.postgresql import base as postgresql
from django.db.transaction import TransactionManagementError
from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from tenants.context import current_tenant_or_none
from tenants.database.session import NOBODY
from tenants.database.statements import is_plain_query, only_reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from psycopg import ClientCursor
    from psycopg.abc import Query, QueryNoTemplate

    from tenants.database.base import DatabaseWrapper
    from tenants.database.deferred import DeferredStatement

    _Cursor = ClientCursor[Any]
else:
    # Django makes this class when it runs on psycopg 3; its stubs do not know it.
    _Cursor = postgresql.Cursor

BEGIN = "BEGIN"
# When the server takes any statement.
_HEARING = (TransactionStatus.IDLE, TransactionStatus.INTRANS)
_NO_SCOPE_HINT = (
    "No tenant scope is active, so only the shared tables are visible. "
    "Wrap the work in tenants.context.tenant_scope(tenant)."
)


class TenantCursor(_Cursor):
    """Sends the tenant context with the first statement of every transaction."""

    # None on the driver's own cursors, which Django uses while it connects.
    tenancy: DatabaseWrapper | None = None

    def execute(self, query: Query, params: Any = None, **options: Any) -> TenantCursor:
        """Run one statement, preceded by whatever context the transaction still lacks."""
        waiting = self._waiting()
        preamble = self._preamble_apart_from_ddl()
        try:
            with self._noting_writes(query, preamble):
                text = self._prepend(preamble, query, with_params=params is not None)
                super().execute(text, params, **options)
        except BaseException as error:
            # It may have failed before it was sent, or have undone what it set.
            self._forget_context()
            self._keep_waiting(waiting)
            if isinstance(error, errors.UndefinedTable) and current_tenant_or_none() is None:
                error.add_note(_NO_SCOPE_HINT)
            raise
        if any(result.command_status == b"ROLLBACK" for result in self._results):
            # Back at a savepoint, PostgreSQL has the context it had there.
            self._forget_context()
        for _ in preamble:
            self.nextset()
        return self

    def executemany(self, query: Query, params_seq: Iterable[Any], **options: Any) -> None:
        """Run a statement once for each set of parameters, all in one transaction."""
        preamble = self._preamble()
        own_transaction = (
            self._status is TransactionStatus.IDLE and bool(preamble) and preamble[0] != BEGIN
        )
        self._send([BEGIN, *preamble] if own_transaction else preamble)
        try:
            with self._noting_writes(query, preamble):
                super().executemany(query, params_seq, **options)
        except BaseException:
            self._forget_context()
            if own_transaction:
                self._end_own(self.connection.rollback)
            raise
        if own_transaction:
            self._end_own(self.connection.commit)

    def _end_own(self, end: Callable[[], None]) -> None:
        """End a transaction that this cursor has begun itself."""
        assert self.tenancy is not None  # noqa: S101  # nobody else's cursor begins one
        with self.tenancy.changes.announced():
            end()
        self.tenancy.writes = False

    def copy(self, statement: Query, *args: Any, **options: Any) -> Any:
        """Start a COPY; in a tenant's scope it needs a transaction around it."""
        self._require_transaction("copy")
        self._send(self._preamble())
        if self.tenancy is not None:
            self.tenancy.writes = True
            self.tenancy.note_change(statement)
        return super().copy(statement, *args, **options)

    def stream(self, query: Query, *args: Any, **options: Any) -> Iterator[Any]:
        """Iterate over rows as they arrive; in a tenant's scope inside a transaction only."""
        self._require_transaction("stream")
        self._send(self._preamble())
        if self.tenancy is not None:
            self.tenancy.note_read(query)
        return super().stream(query, *args, **options)

    @contextmanager
    def _noting_writes(self, query: Query, preamble: list[str]) -> Iterator[None]:
        """Tell the connection that a statement may change something, now or at COMMIT."""
        if self.tenancy is None:
            yield
        elif isinstance(query, str) and (only_reads(query) or is_plain_query(query)):
            self.tenancy.note_read(query)
            yield
        elif self._status is TransactionStatus.IDLE and preamble[:1] != [BEGIN]:
            self.tenancy.note_change(query)
            with self.tenancy.changes.announced(), self.tenancy.possibly_committing(writes=True):
                yield
        else:
            self.tenancy.writes = True
            self.tenancy.note_change(query)
            yield

    @property
    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.connection.pgconn.transaction_status)

    def _preamble(self) -> list[str]:
        """The statements that must precede the next one, in the order they are sent."""
        status = self._status
        if self.tenancy is None or status not in _HEARING:
            # In a failed transaction only ROLLBACK is heard, and it needs no context.
            return []
        statements = self.tenancy.preceding_statements()
        context = self.tenancy.missing_context()
        if context is not None:
            statements.append(context.sql())
            if status is TransactionStatus.INTRANS or statements[0] == BEGIN:
                self.tenancy.sent_context = context
        return statements

    def _waiting(self) -> list[DeferredStatement]:
        return [] if self.tenancy is None else [*self.tenancy.waiting]

    def _keep_waiting(self, waiting: list[DeferredStatement]) -> None:
        """Put back what was not sent: the driver has refused the statement, not the server."""
        if waiting and self.tenancy is not None and self._status in _HEARING:
            self.tenancy.waiting[:0] = waiting

    def _preamble_apart_from_ddl(self) -> list[str]:
        """The preamble; already sent where the transaction migrates a placement.

        Citus sends some DDL on to other nodes as the text of the whole message, which must
        then be that statement alone.
        """
        waits = bool(self._waiting())
        preamble = self._preamble()
        apart = waits or preamble[:1] == [BEGIN]
        if apart and self.tenancy is not None and self.tenancy.migrates_placement:
            self._send(preamble)
            return []
        return preamble

    def _forget_context(self) -> None:
        """Have the context sent again with the next statement."""
        if self.tenancy is not None:
            self.tenancy.sent_context = None

    def _prepend(self, preamble: list[str], query: Query, *, with_params: bool) -> QueryNoTemplate:
        if not preamble:
            return cast("QueryNoTemplate", query)
        head = "; ".join(preamble) + "; "
        if with_params:
            # What waits is complete: no per cent sign in it stands for a parameter.
            head = head.replace("%", "%%")
        if isinstance(query, sql.Composable):
            return head + query.as_string(self.connection)
        if isinstance(query, bytes):
            return head.encode() + query
        return head + str(query)

    def _send(self, statements: list[str]) -> None:
        if statements:
            super().execute("; ".join(statements))

    def _require_transaction(self, operation: str) -> None:
        if (
            self.tenancy is not None
            and self.tenancy.autocommit
            and self.tenancy.wanted_context() != NOBODY
        ):
            raise TransactionManagementError(
                f"cursor.{operation}() in a tenant's scope needs transaction.atomic() around it, "
                "because the tenant's context lives and dies with a transaction."
            )
