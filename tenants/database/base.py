"""The database backend: django-tenants' interface over transaction-local context.

django-tenants sets the search path on the session, which behind PgBouncer in
transaction mode serves other tenants' rows. This wrapper keeps its interface
(``set_tenant``, ``set_schema``), so that its commands work, and leaves it to the
cursor to send the context with each transaction.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from django.db import Error, InterfaceError, NotSupportedError
from django.db.backends.postgresql import base as postgresql
from django.db.backends.postgresql.introspection import DatabaseIntrospection
from django.db.backends.utils import debug_transaction
from django.db.transaction import TransactionManagementError
from django_tenants.postgresql_backend import base as django_tenants
from psycopg.pq import ConnStatus, TransactionStatus

from iac_platform.cache.tables import current_reads
from tenants.context import current_tenant, current_tenant_or_none
from tenants.database import liveness
from tenants.database.cursor import TenantCursor
from tenants.database.deferred import DeferredStatement, insert_of, values_of
from tenants.database.observing import TransactionChanges, observe_read
from tenants.database.operations import DatabaseOperations
from tenants.database.session import NOBODY, PUBLIC_SCHEMA, SessionContext
from tenants.database.statements import is_plain_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model
    from psycopg.abc import Query

    Last = TypeVar("Last", bound=Callable[[], object])


class DatabaseWrapper(django_tenants.DatabaseWrapper):  # type: ignore[misc]  # published without types
    """A connection whose statements always carry the current tenant's context.

    Attributes:
        sent_context: what the open transaction runs under; None when that is uncertain,
            so that the next statement says it in any case.
        session_context: what a transaction starts under, before anything is sent; None where
            it is uncertain.
        is_owner: the connection belongs to the owner role, which row-level security
            does not bind; migrations use it, never a request.
        may_have_committed: whether anything may have been changed for good since somebody
            set it to False, as the middleware does when a request begins: a repeat of what
            failed would then do that part again.
        writes: whether the open transaction may have changed anything.
        changes: what it has changed, for those who keep answers made from it.
        waiting: statements of the open transaction that go along with the next one.
    """

    ops_class = DatabaseOperations
    # Published as class attributes by Django and as instances by its initialiser.
    vendor = "postgresql"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent_context: SessionContext | None = None
        self.session_context: SessionContext | None = None
        self.is_owner = False
        self.may_have_committed = False
        self.writes = False
        self.changes = TransactionChanges()
        self.waiting: list[DeferredStatement] = []
        self._before_commit: dict[str, Callable[[], object]] = {}
        super().__init__(*args, **kwargs)
        # django-tenants' introspection sets the search path on the session.
        self.introspection = DatabaseIntrospection(self)

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Select a placement by its schema, as django-tenants' commands do.

        Content types live in ``public`` alone, so their cache stays valid.
        """
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.include_public_schema = include_public
        self.set_settings_schema(self.schema_name)

    def wanted_context(self) -> SessionContext:
        """What statements sent now must run under; a tenant's scope comes first."""
        tenant = current_tenant_or_none()
        if tenant is not None:
            return SessionContext((tenant.schema_name, PUBLIC_SCHEMA), str(tenant.id))
        if self.schema_name == PUBLIC_SCHEMA:
            return NOBODY
        extra = (PUBLIC_SCHEMA,) if self.include_public_schema else ()
        return SessionContext((self.schema_name, *extra))

    def missing_context(self) -> SessionContext | None:
        """The context to send before the next statement; None when nothing is missing."""
        wanted = self.wanted_context()
        return None if wanted == self.sent_context else wanted

    @property
    def migrates_placement(self) -> bool:
        """Whether this is the owner at work on a placement as a whole."""
        return self.is_owner and self.schema_name != PUBLIC_SCHEMA

    @property
    def is_streaming(self) -> bool:
        """Whether the server is in the middle of a statement and hears no other."""
        connection = self.connection
        return connection is not None and (
            connection.pgconn.transaction_status == TransactionStatus.ACTIVE
        )

    @contextmanager
    def placement_on_session(self) -> Iterator[None]:
        """Leave the placement's context on the session during the block.

        For statements that refuse to run in a transaction, such as CREATE INDEX
        CONCURRENTLY: the context could not be sent along with them. Only the owner's
        connection may, which is direct and never pooled.

        Raises:
            NotSupportedError: the connection is not the owner's, or is in a transaction.
        """
        if not self.migrates_placement or self.in_atomic_block:
            raise NotSupportedError("Only the owner, outside a transaction, may pin a session.")
        context = self.wanted_context()
        with self.cursor() as cursor:
            cursor.execute(context.sql(for_session=True))
        self.session_context = context
        try:
            yield
        finally:
            # A new session starts clean, whatever state this one is in.
            self.close()

    def send_deferred(self, query: str, params: Any) -> None:
        """Run a statement of the open transaction along with the next one, without a result.

        It is dropped with a savepoint, or a transaction, that is rolled back. An error of it is
        raised by the statement that it went along with.

        Args:
            query: one statement, without a semicolon.
            params: its parameters.

        Raises:
            TransactionManagementError: no transaction is open.
        """
        if not self.in_atomic_block:
            raise TransactionManagementError("send_deferred() needs transaction.atomic().")
        self.validate_no_broken_transaction()
        self.writes = True
        self.note_change(query)
        self.ensure_connection()
        text = psycopg.ClientCursor(self.connection).mogrify(query, params)
        self.waiting.append(DeferredStatement(self.wanted_context(), text))

    def insert_deferred(self, row: Model) -> None:
        """Insert a row of the current tenant's along with the next statement.

        It must not collide with another: whoever sends that statement would be told.

        Raises:
            NoTenantScope: no scope says whose row it is.
            TransactionManagementError: no transaction is open.
        """
        current_tenant()
        self.send_deferred(insert_of(type(row)), values_of(row, self))
        row._state.adding, row._state.db = False, self.alias  # noqa: SLF001  # Django's documented API

    def before_commit(self, name: str, make: Callable[[], Last]) -> Last:
        """What the open transaction does last, right before it commits.

        It runs inside the transaction, after everything else in it, in nobody's scope in
        particular; if it raises, nothing is committed. It is dropped when the transaction is
        rolled back, but not when a savepoint is: it must look for what is still there.

        Args:
            name: what it is for; each transaction has one of a name.
            make: makes it, when the transaction has none yet.

        Raises:
            TransactionManagementError: no transaction is open.
        """
        if not self.in_atomic_block:
            raise TransactionManagementError("before_commit() needs transaction.atomic().")
        if name not in self._before_commit:
            self._before_commit[name] = make()
        return self._before_commit[name]  # type: ignore[return-value]  # made by an earlier `make`

    def commit(self) -> None:
        """Do what was left for the end of the transaction, and commit."""
        pending, self._before_commit = self._before_commit, {}
        if pending:
            self._finish(pending)
        super().commit()

    def _commit(self) -> None:
        """Commit, and know of every failure whether anything was committed.

        Before COMMIT is sent nothing is. Afterwards only an answer tells: a connection that
        ends without one leaves it open for ever.
        """
        if self.connection is None:
            return
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
            liveness.require_alive(self.connection)
            with self.changes.announced(), self.possibly_committing(writes=self.writes):
                last = self.preceding_statements() if self.waiting else []
                liveness.commit(self.connection, last)
        self.writes = False

    @property
    def transaction_status(self) -> TransactionStatus:
        """What the server last said of the transaction."""
        return TransactionStatus(self.connection.pgconn.transaction_status)

    def preceding_statements(self) -> list[str]:
        """What must be sent before anything else: BEGIN, and what waits, under its context."""
        statements = []
        if self.transaction_status is TransactionStatus.IDLE:
            self.sent_context = self.session_context
            if not self.autocommit:
                statements.append("BEGIN")
        for context, text in self.waiting:
            if context != self.sent_context:
                statements.append(context.sql())
                self.sent_context = context
            statements.append(text)
        self.waiting.clear()
        return statements

    @contextmanager
    def possibly_committing(self, *, writes: bool) -> Iterator[None]:
        """Note that the block may commit, unless the server denies it by an answer."""
        before = self.may_have_committed
        self.may_have_committed = before or writes
        try:
            yield
        except psycopg.Error as error:
            if liveness.is_refusal(self.connection, error):
                self.may_have_committed = before
            raise

    def note_read(self, query: Query) -> None:
        """Note what a statement reads, if anybody keeps the answer that is being made."""
        reads = current_reads()
        if reads is not None:
            observe_read(reads, query, self.wanted_context().tenant_id)

    def note_change(self, query: Query) -> None:
        """Note that a statement may change something."""
        if isinstance(query, str) and is_plain_query(query):
            self.note_read(query)
            return
        self.changes.note(query, self.wanted_context().tenant_id, is_owner=self.is_owner)

    def _forget_changes(self) -> None:
        self.waiting.clear()
        self.writes = False
        self.changes.forget()

    def _finish(self, pending: dict[str, Callable[[], object]]) -> None:
        """Run callbacks as a part of the transaction that Django has just left."""
        self.in_atomic_block = True
        try:
            for callback in pending.values():
                callback()
        except BaseException:
            self.in_atomic_block = False
            self._undo()
            raise
        finally:
            self.in_atomic_block = False

    def _undo(self) -> None:
        """Roll back; Django does so itself only after errors of the database."""
        try:
            self.rollback()
        except Error:
            self.close()

    def rollback(self) -> None:
        """Roll back, and forget what was left for the end.

        Raises:
            InterfaceError: a statement's rows, a COPY's for instance, were not read to their end;
                ROLLBACK would wait for them for ever. Django then closes the connection.
        """
        self._before_commit = {}
        self._forget_changes()
        self._require_no_stream()
        super().rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        # Sent along with nothing so far, so added after the savepoint.
        self.waiting.clear()
        self._require_no_stream()
        super()._savepoint_rollback(sid)

    def _require_no_stream(self) -> None:
        if self.is_streaming:
            raise InterfaceError("A stream of rows was left open, so the session must end.")

    def close(self) -> None:
        """Close the connection, which ends the open transaction."""
        self._before_commit = {}
        self._forget_changes()
        super().close()

    def connect(self) -> None:
        """Connect, and forget what was known of the session before."""
        # What is stored for a role in the database is for the role itself to change: only the
        # owner's sessions, which no request reaches, are taken to begin as it says.
        self.session_context = NOBODY if self.is_owner else None
        self._before_commit = {}
        self._forget_changes()
        super().connect()

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters, with the cursor that knows of tenants."""
        params: dict[str, Any] = super().get_connection_params()
        params["cursor_factory"] = TenantCursor
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that asks this connection for the context.

        Raises:
            NotSupportedError: a named cursor is asked for; it would outlive the
                transaction, and behind PgBouncer the connection, that it was made in.
        """
        if name is not None:
            raise NotSupportedError("Use .iterator(): server-side cursors carry no tenant.")
        cursor = super().create_cursor(name)
        cursor.tenancy = self
        return cursor

    def _cursor(self, name: str | None = None) -> Any:
        # Past django-tenants, whose _cursor sends a session-level SET.
        return postgresql.DatabaseWrapper._cursor(self, name)  # type: ignore[attr-defined]  # noqa: SLF001  # absent from the stubs

    def _start_transaction_under_autocommit(self) -> None:
        """Leave BEGIN to the cursor, which sends it along with the first statement.

        Django calls this instead of switching the driver's autocommit off, which
        would cost a round trip for BEGIN.
        """

    def _set_autocommit(self, autocommit: bool) -> None:
        # The driver stays in autocommit; transactions are opened by the cursor.
        if autocommit or self.connection.autocommit is False:
            with self.wrap_database_errors:
                self.connection.autocommit = True

    def is_usable(self) -> bool:
        """Whether the server is still there, learnt from the socket without a round trip."""
        if self.connection is None:
            return False
        pgconn = self.connection.pgconn
        try:
            return pgconn.status == ConnStatus.OK and not liveness.is_readable(pgconn)
        except (psycopg.Error, OSError, ValueError):
            return False
