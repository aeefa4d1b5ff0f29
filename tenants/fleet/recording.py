"""A schema editor that runs every statement and keeps it as text."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What introspection and transactions send beside the editor changes nothing.
_HARMLESS = re.compile(
    r"\s*(SELECT|SHOW|SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT)\b", re.IGNORECASE
)


class RecordingEditor(DatabaseSchemaEditor):
    """Django's schema editor, with a memory.

    Attributes:
        statements: what it ran, parameters written into the text.
        strays: statements that went past it to the connection and changed something;
            with any, the record is not the whole of what the migration did.
    """

    def __init__(self, connection: Any, *, atomic: bool = True) -> None:
        super().__init__(connection, atomic=atomic)
        self.statements: list[str] = []
        self.strays: list[str] = []
        self._speaking = False

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Run a statement and keep it."""
        text = str(sql)
        if params is not None:
            text = self.connection.ops.compose_sql(text, params)
        self._speaking = True
        try:
            super().execute(text, None)
        finally:
            self._speaking = False
        self.statements.append(text)

    @contextmanager
    def watched(self) -> Iterator[RecordingEditor]:
        """Open the editor, and notice what goes past it."""
        with self.connection.execute_wrapper(self._watch), self:
            yield self

    def _watch(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if not self._speaking and (many or not _HARMLESS.match(str(sql))):
            self.strays.append(str(sql))
        return execute(sql, params, many, context)
