"""Cursor pagination by keyset: stable while rows come and go, and as fast on page 1,000.

DRF's own cursors remember the first ordering field and count through ties by offset,
which skips or repeats rows when either changes. These remember the whole position, with
the primary key as the last word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import Field, Model, Q, QuerySet
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from iac_platform.cache.keys import current_tenant
from iac_platform.gateway.permitted_rows import PermittedRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request
    from rest_framework.views import APIView

_LONGEST_CURSOR = 3072  # gunicorn's request line holds 4,094 bytes
_DEFAULT_ORDERING = ("-created_at",)


class Column(NamedTuple):
    """One column of the order, and which way it runs."""

    field: Field[Any, Any]
    descending: bool

    @property
    def name(self) -> str:
        """The column's name on the model."""
        return self.field.attname

    def flipped(self) -> Column:
        """The same column the other way round."""
        return Column(self.field, not self.descending)

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


class Cursor(NamedTuple):
    """A position between rows.

    ``inclusive`` marks the way back from an empty page: the row at the position belongs
    to the page before it.
    """

    backwards: bool
    inclusive: bool
    position: list[str]


class KeysetPagination(BasePagination):
    """Pages of ``page_size`` objects with links to the next and the previous page.

    The order is the view's ``ordering`` (newest first unless it says otherwise) or one
    of its ``ordering_fields`` by ``?ordering=``. What the model keeps a key of, as
    ``name_key`` of ``name``, is put in the key's order. Columns of the order must not be null.
    A cursor is signed for its tenant, path and order: any other use is a 400.
    """

    default_page_size: ClassVar[int] = 50
    max_page_size: ClassVar[int] = 200

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | PermittedRows[Any] | Sequence[Any],
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        """The objects of the page that the request's cursor names.

        Raises:
            ValidationError: the cursor, page size or order is not one of ours.
        """
        assert isinstance(queryset, QuerySet | PermittedRows), "lists have no keyset"  # noqa: S101  # a mistake of ours
        self._request = request
        self._size = _page_size(request, self.default_page_size, self.max_page_size)
        self._columns = _columns(queryset.model, request, view)
        self._cursor = self._decoded(request.query_params.get("cursor"))
        backwards = self._cursor is not None and self._cursor.backwards
        columns = [column.flipped() for column in self._columns] if backwards else self._columns
        rows = _first(queryset, self._cursor, columns, self._size + 1)
        self._has_more, self._page = len(rows) > self._size, rows[: self._size]
        if backwards:
            self._page.reverse()
        return self._page

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its links; no total, which would cost a scan and tell too much."""
        return Response({"next": self._next(), "previous": self._previous(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page in OpenAPI's terms."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": dict(link), "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The query's parameters in OpenAPI's terms."""
        size = {
            "type": "integer",
            "minimum": 1,
            "maximum": self.max_page_size,
            "default": self.default_page_size,
        }
        parameters = [
            _parameter("cursor", "From `next` or `previous` of another page.", {"type": "string"}),
            _parameter("page_size", "How many objects a page holds.", size),
        ]
        fields = getattr(view, "ordering_fields", ())
        if fields:
            choices = [sign + name for name in fields for sign in ("", "-")]
            order = {"type": "string", "enum": choices}
            parameters.append(_parameter("ordering", "Column to order by; `-` descends.", order))
        return parameters

    def _next(self) -> str | None:
        if self._cursor is None or not self._cursor.backwards:
            return self._link(backwards=False) if self._has_more else None
        return self._link(backwards=False)

    def _previous(self) -> str | None:
        if self._cursor is None:
            return None
        if self._cursor.backwards and not self._has_more:
            return None
        return self._link(backwards=True)

    def _link(self, *, backwards: bool) -> str | None:
        if self._page:
            row = self._page[0 if backwards else -1]
            position = [column.field.value_to_string(row) for column in self._columns]
            cursor = Cursor(backwards, inclusive=False, position=position)
        elif self._cursor is not None and self._cursor.backwards != backwards:
            cursor = Cursor(backwards, inclusive=True, position=self._cursor.position)
        else:
            return None
        parts = [cursor.backwards, cursor.inclusive, cursor.position]
        # Names outside ASCII are written as escapes, which compress well.
        signed = self._signer().sign_object(parts, compress=True)
        return replace_query_param(self._request.build_absolute_uri(), "cursor", signed)

    def _decoded(self, given: str | None) -> Cursor | None:
        if given is None:
            return None
        if len(given) > _LONGEST_CURSOR:
            raise _foreign_cursor()
        try:
            return Cursor(*self._signer().unsign_object(given))
        except BadSignature:
            raise _foreign_cursor() from None

    def _signer(self) -> Signer:
        order = ",".join(map(str, self._columns))
        return Signer(salt=f"cursor:{current_tenant()}:{self._request.path}:{order}")


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _invalid(parameter: str, detail: str) -> exceptions.ValidationError:
    return exceptions.ValidationError({parameter: [exceptions.ErrorDetail(detail, "invalid")]})


def _foreign_cursor() -> exceptions.ValidationError:
    return _invalid("cursor", "Use `next` or `previous` of a page as it is.")


def _page_size(request: Request, default: int, maximum: int) -> int:
    given = request.query_params.get("page_size")
    if given is None:
        return default
    if given.isascii() and given.isdecimal() and len(given) < len("1000000"):
        size = int(given)
        if 1 <= size <= maximum:
            return size
    raise _invalid("page_size", f"A page holds 1 to {maximum} objects.")


def _columns(model: type[Model], request: Request, view: APIView | None) -> list[Column]:
    columns = [_column(model, name) for name in _ordering(request, view)]
    # The primary key settles ties, in the direction of the column it follows.
    key = model._meta.pk  # Django documents _meta as its API for this
    if all(column.field is not key for column in columns):
        columns.append(Column(key, columns[-1].descending))
    return columns


def _ordering(request: Request, view: APIView | None) -> Sequence[str]:
    given = request.query_params.get("ordering")
    if given is None:
        return getattr(view, "ordering", None) or _DEFAULT_ORDERING
    allowed = getattr(view, "ordering_fields", ())
    if given.removeprefix("-") not in allowed:
        raise _invalid("ordering", f"Order by one of: {', '.join(allowed) or 'nothing'}.")
    return [given]


def _first(
    rows: QuerySet[Any] | PermittedRows[Any],
    cursor: Cursor | None,
    columns: Sequence[Column],
    count: int,
) -> list[Any]:
    """The first rows in an order, from the cursor on."""
    order = [str(column) for column in columns]
    if isinstance(rows, PermittedRows):  # asked for without a cursor alone
        return rows.first(order, count)
    if cursor is not None:
        rows = rows.filter(_beyond(cursor, columns))
    return list(rows.order_by(*order)[:count])


def _column(model: type[Model], name: str) -> Column:
    plain = name.removeprefix("-")
    field = _field(model, f"{plain}_key") or _field(model, plain)
    if not isinstance(field, Field):
        raise ImproperlyConfigured(f"{model.__name__} cannot be ordered by {name}.")
    if field.null:
        raise ImproperlyConfigured(f"{model.__name__}.{name} may be null and cannot order pages.")
    return Column(field, name.startswith("-"))


def _field(model: type[Model], name: str) -> object:
    try:
        return model._meta.get_field(name)  # see above
    except FieldDoesNotExist:
        return None


def _beyond(cursor: Cursor, columns: Sequence[Column]) -> Q:
    """Rows after the position: (a, b) > (x, y) as a > x, or a = x and b > y."""
    values = [_value(column, text) for column, text in zip(columns, cursor.position, strict=True)]
    beyond, same = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        comparison = "lt" if column.descending else "gt"
        beyond |= same & Q((f"{column.name}__{comparison}", value))
        same &= Q((column.name, value))
    if cursor.inclusive:
        beyond |= same
    # The first column alone, so that the database can enter its index at the position.
    edge = "lte" if columns[0].descending else "gte"
    return Q((f"{columns[0].name}__{edge}", values[0])) & beyond


def _value(column: Column, text: str) -> Any:
    try:
        return column.field.to_python(text)
    except ValidationError:
        raise _foreign_cursor() from None
