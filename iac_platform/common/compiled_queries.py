"""Queries whose SQL is made once: for the few that every request runs.

Django makes the text of a query anew each time, which takes several times as long as the database
needs to answer it. A compiled query keeps the text and puts other values into it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.query import ModelIterable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model, QuerySet
    from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound="Model")

# Stand for the value while the text is made; nothing else that is asked for is like them.
_SAMPLES: dict[type, Any] = {
    str: "a value that is given when the query runs",
    int: 4_611_686_018_427_387_903,
    UUID: UUID("4f3c1e0a-7d1b-4c58-9a57-2b1f6d0c9e11"),
}


class Function(Protocol):
    """A function of the database that finds the same rows."""

    def select_like(self, sql: str) -> str:
        """The statement that reads the columns of another from the function."""


class _Compiled(NamedTuple):
    """What a query is compiled to, once.

    Attributes:
        compiler: knows what each column is for.
        converters: how the columns' values are read.
        sql: the statement.
        params: its values, with the sample where the query's own value belongs.
    """

    compiler: SQLCompiler
    converters: dict[int, tuple[list[Any], Any]]
    sql: str
    params: tuple[Any, ...]


class CompiledQuery(Generic[M]):
    """A query for the first row with one value, whose SQL is made at its first use.

    What ``build`` takes from anywhere else, such as the time, stays what it was at that use:
    leave it to the database (``Now()``).

    Args:
        build: makes the queryset for a value.
        value: the type of the value, ``str``, ``int`` or ``UUID``.
        function: finds the same rows in the database, with a plan that is kept there.
    """

    def __init__(
        self,
        build: Callable[[Any], QuerySet[M]],
        value: type,
        *,
        function: Function | None = None,
    ) -> None:
        self._build = build
        self._sample = _SAMPLES[value]
        self._function = function
        self._compiled: _Compiled | None = None

    def first(self, value: Any) -> M | None:
        """The first row with this value; None when there is none."""
        compiled = self._compiled or self._compile()
        bound = tuple(value if param == self._sample else param for param in compiled.params)
        rows: Iterator[M] = iter(ModelIterable(_Bound(compiled, bound)))  # type: ignore[arg-type]  # all that it asks of a queryset
        return next(rows, None)

    def _compile(self) -> _Compiled:
        query = self._build(self._sample)[:1].query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        if self._sample not in params:
            raise ValueError("The value that a compiled query is given does not stand in it.")
        if self._function is not None:
            sql, params = self._function.select_like(sql), (self._sample,)
        columns = [expression for expression, *_ in compiler.select]
        converters = compiler.get_converters(columns)
        self._compiled = _Compiled(compiler, converters, sql, tuple(params))
        return self._compiled


class _Bound:
    """A compiled query with its values, as far as ``ModelIterable`` knows a queryset."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: dict[Any, Any] = {}  # Django's name; never written to

    def __init__(self, compiled: _Compiled, params: tuple[Any, ...]) -> None:
        self.query = self
        self._compiler = copy.copy(compiled.compiler)
        # Connections belong to threads.
        self._compiler.connection = connections[DEFAULT_DB_ALIAS]
        self._compiler.as_sql = lambda *_, **__: (compiled.sql, params)  # type: ignore[method-assign]  # the point of it
        self._compiler.get_converters = lambda _: compiled.converters  # type: ignore[method-assign, assignment]  # likewise

    def get_compiler(self, using: str) -> SQLCompiler:
        """The compiler, which has nothing left to compile."""
        assert using == DEFAULT_DB_ALIAS  # noqa: S101  # the only one that requests know
        return self._compiler
