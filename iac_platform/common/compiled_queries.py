"""Queries whose SQL is made once: for those that requests run again and again.

Django makes the text of a query anew each time, which takes several times as long as the database
needs to answer it. A compiled query keeps the text and puts other values into it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import prefetch_related_objects
from django.db.models.query import ModelIterable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound="Model")

# Stand for the values, by their place, while the text is made; nothing else that is asked for is
# like them. They are in their order where a query sorts them.
_SAMPLES: dict[type, Callable[[int], Any]] = {
    str: lambda place: f"value {place:06} that is given when the query runs",
    int: lambda place: 2_147_480_000 + place,  # Django asks for no integer that no column holds
    UUID: lambda place: UUID(int=0x4F3C1E0A_7D1B_4C58_9A57_2B1F6D000000 + place),
}
_SAMPLE_LIMIT = 2_147_470_000


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
        params: its values; those that are given, by their places.
        prefetches: what is read of the rows with further queries.
    """

    compiler: SQLCompiler
    converters: dict[int, tuple[list[Any], Any]]
    sql: str
    params: tuple[tuple[int | None, Any], ...]
    prefetches: tuple[Any, ...]


class CompiledQuery(Generic[M]):
    """A query for the first rows with some values, whose SQL is made at its first use.

    What ``build`` takes from anywhere else, such as the time, stays what it was at that use:
    leave it to the database (``Now()``).

    Args:
        build: makes the queryset for the values.
        kinds: the types of the values, ``str``, ``int`` or ``UUID``.
        limit: how many rows it brings at most, where nobody says it.
        function: finds the same row by its values in the database, with a plan that is kept there.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[M]],
        *kinds: type,
        limit: int = 1,
        function: Function | None = None,
    ) -> None:
        self._build, self._limit, self._function = build, limit, function
        self._samples = [_SAMPLES[kind](place) for place, kind in enumerate(kinds)]
        self._compiled: _Compiled | None = None
        self._is_empty = False

    def first(self, *values: Any) -> M | None:
        """The first row with these values; None when there is none."""
        return next(iter(self.rows(*values)), None)

    def rows(self, *values: Any, limit: int | None = None) -> list[M]:
        """The rows with these values, in their order.

        Args:
            values: as many as there are kinds.
            limit: how many at most; that of the query, if nobody says it.

        Raises:
            ValueError: there are more values, or fewer, than kinds.
        """
        if len(values) != len(self._samples):
            raise ValueError(f"The query takes {len(self._samples)} values, not {len(values)}.")
        compiled = self._compiled or self._compile()
        if compiled is None:
            return []
        given = (*values, self._limit if limit is None else limit)
        bound = tuple(param if place is None else given[place] for place, param in compiled.params)
        rows: list[M] = list(ModelIterable(_Bound(compiled, bound)))  # type: ignore[arg-type]  # all that it asks of a queryset
        if rows and compiled.prefetches:
            prefetch_related_objects(rows, *compiled.prefetches)
        return rows

    def _compile(self) -> _Compiled | None:
        """The query with its text; None if it finds nothing, whatever is given."""
        if self._is_empty:
            return None
        queryset = self._build(*self._samples)[:_SAMPLE_LIMIT]
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            self._is_empty = True
            return None
        if not all(sample in params for sample in self._samples):
            raise ValueError("A value that a compiled query is given does not stand in it.")
        if self._function is not None:
            sql, params = self._function.select_like(sql), tuple(self._samples)
        else:
            sql, params = _with_limit(sql, params)
        columns = [expression for expression, *_ in compiler.select]
        converters = compiler.get_converters(columns)
        places = {sample: place for place, sample in enumerate((*self._samples, _SAMPLE_LIMIT))}
        placed = tuple((places.get(param) if _is_plain(param) else None, param) for param in params)
        prefetches = queryset._prefetch_related_lookups  # type: ignore[attr-defined]  # noqa: SLF001  # absent from the stubs
        self._compiled = _Compiled(compiler, converters, sql, placed, tuple(prefetches))
        return self._compiled


def _with_limit(sql: str, params: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Let the limit be given: it stands behind all that has values, as a number in the text."""
    before, after = sql.rsplit(f"LIMIT {_SAMPLE_LIMIT}", maxsplit=1)
    return f"{before}LIMIT %s{after}", (*params, _SAMPLE_LIMIT)


def _is_plain(param: object) -> bool:
    return isinstance(param, str | int | UUID)


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
