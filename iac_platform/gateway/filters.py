from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError

if TYPE_CHECKING:
    from rest_framework.generics import GenericAPIView
    from rest_framework.request import Request

OF_EVERY_LIST = frozenset({"cursor", "page_size", "ordering"})


def refuse_unknown_parameters(
    request: Request, view: GenericAPIView[Any], *, of_a_list: bool = True
) -> None:
    """Refuse a query with parameters that do nothing.

    A misspelt filter that is ignored shows everything, and a script acts on it.

    Args:
        request: whose query.
        view: whose filters it may name.
        of_a_list: whether it may ask for a page and an order, too.

    Raises:
        ValidationError: naming each unknown parameter.
    """
    known = _filters(view) | (OF_EVERY_LIST if of_a_list else set())
    unknown = set(request.query_params) - known
    if unknown:
        detail = [ErrorDetail("There is no such parameter.", "unknown-parameter")]
        raise ValidationError(dict.fromkeys(sorted(unknown), detail))


def _filters(view: GenericAPIView[Any]) -> set[str]:
    if not any(issubclass(backend, DjangoFilterBackend) for backend in view.filter_backends):
        return set()
    # Only the model matters here; the view's own queryset would ask the policy again.
    rows: QuerySet[Any] = QuerySet(getattr(view, "model", None))
    filterset = DjangoFilterBackend().get_filterset_class(view, rows)
    return set() if filterset is None else set(filterset.base_filters)
