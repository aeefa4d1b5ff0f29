"""Index operations that hold up no writer, and can be run again after a kill.

``CREATE INDEX CONCURRENTLY`` cannot run in a transaction, so a kill can come between the
index and the note that it was made; and one that fails leaves an invalid index behind
(https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY).
Use them in a migration with ``atomic = False`` that does nothing else.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.models import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

# The index's own table says which schema: the first on the search path that has it.
_IS_VALID = """
    SELECT i.indisvalid FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE x.relname = %s AND t.oid = to_regclass(%s)
"""


@contextmanager
def _on_session(schema_editor: Any) -> Iterator[None]:
    """Have the placement's context on the session: nothing may be sent along with these.

    The fleet's runner has put it there; Django's own executor, which makes a placement from
    nothing, has not.
    """
    connection = schema_editor.connection
    pinned = connection.session_context == connection.wanted_context()
    if schema_editor.collect_sql or pinned or not connection.migrates_placement:
        yield
        return
    with connection.placement_on_session():
        yield


@contextmanager
def _with_retry(schema_editor: Any) -> Iterator[None]:
    """Wait as long as it takes: what these statements wait for holds nobody else up."""
    if schema_editor.collect_sql:
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (usual,) = cursor.fetchone()
    schema_editor.execute("SET lock_timeout = 0")
    try:
        yield
    finally:
        schema_editor.execute("SET lock_timeout = %s", [usual])


def _validity(schema_editor: Any, model: Any, name: str) -> bool | None:
    """Whether the index is whole; None when there is none."""
    if schema_editor.collect_sql:
        return None
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_IS_VALID, [name, schema_editor.quote_name(model._meta.db_table)])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


class UniqueIndex(Index):
    """The index behind a ``UniqueConstraint`` that has a condition, to be added online.

    In a migration, beside the constraint in the models' state:

        SeparateDatabaseAndState(
            database_operations=[AddIndexOnline("thing", UniqueIndex(...))],
            state_operations=[AddConstraint("thing", UniqueConstraint(...))],
        )
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **how: Any) -> Any:
        """As Django's, with the word that makes it unique."""
        statement = super().create_sql(model, schema_editor, using, **how)
        statement.template = statement.template.replace("CREATE INDEX", "CREATE UNIQUE INDEX", 1)
        return statement


class AddIndexOnline(AddIndexConcurrently):
    """Add an index while the table is in use; skip one that is whole, remake one that is not."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Make the index, unless a killed run had made it."""
        with _on_session(schema_editor):
            self._make(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Drop it again."""
        with _on_session(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _make(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        valid = _validity(schema_editor, model, self.index.name)
        if valid or not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        with _with_retry(schema_editor):
            if valid is False:
                schema_editor.remove_index(model, self.index, concurrently=True)
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveIndexOnline(RemoveIndexConcurrently):
    """Remove an index while the table is in use; a missing one is fine."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Remove the index, unless a killed run had."""
        model = from_state.apps.get_model(app_label, self.model_name)
        if not schema_editor.collect_sql and _validity(schema_editor, model, self.name) is None:
            return
        with _on_session(schema_editor), _with_retry(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Make it again."""
        with _on_session(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
