"""How work on a tenant tells how far it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.database.base import DatabaseWrapper
    from tenants.models import Operation


class ProgressListener(Protocol):
    """Somebody who watches, at a terminal for instance."""

    def step(self, name: str, *, total: int = 0) -> None:
        """A step of ``total`` units begins; 0 when nobody knows how many."""

    def advance(self, units: int = 1) -> None:
        """``units`` more of it are done."""


class Lines:
    """Tells each step in a line, and nothing in between."""

    def __init__(self, say: Callable[[str], Any] = lambda _line: None) -> None:
        self._say = say

    def step(self, name: str, *, total: int = 0) -> None:
        """Tell it."""
        del total
        self._say(name)

    def advance(self, units: int = 1) -> None:
        """Say nothing."""


# How often the row is written at most; people do not read faster.
_INTERVAL = 0.5


class Report:
    """Writes an operation's progress, past whatever transaction its work is in.

    It has a connection of its own, so progress shows while the work is uncommitted.
    """

    def __init__(
        self,
        operation: Operation,
        connection: DatabaseWrapper,
        listener: ProgressListener | None = None,
    ) -> None:
        self._operation = operation
        self._connection = connection
        self._listener = listener or Lines()
        self._written = 0.0

    def step(self, name: str, *, total: int = 0) -> None:
        """Begin a step of ``total`` units; 0 when nobody knows how many."""
        operation = self._operation
        operation.step, operation.done, operation.total = name[:60], 0, total
        self._listener.step(f"{operation}: {name}", total=total)
        self._write()

    def advance(self, units: int = 1) -> None:
        """Note that ``units`` more of this step are done."""
        self._operation.done += units
        self._listener.advance(units)
        if time.monotonic() - self._written >= _INTERVAL:
            self._write()

    def _write(self) -> None:
        operation = self._operation
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE operations SET step = %s, done = %s, total = %s WHERE id = %s",
                [operation.step, operation.done, operation.total, operation.pk],
            )
        self._written = time.monotonic()
