"""Filters of lists: each parameter of a query does what it says, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django_filters import BooleanFilter, MultipleChoiceFilter
from django_filters.constants import EMPTY_VALUES
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_filters import Filter
    from rest_framework.generics import GenericAPIView
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer

    from iac_platform.gateway.viewsets import ResourceViewSet

ORDER_OF_LIST = frozenset({"page_size", "ordering"})
OF_EVERY_LIST = ORDER_OF_LIST | {"cursor"}


class StrictFilterBackend(DjangoFilterBackend):
    """Applies a view's filters, and refuses values that would leave the list as it is.

    django-filter takes an empty value, and a boolean that it cannot read, for no filter at
    all: the client would be shown everything, and a script would act on it.
    """

    def filter_queryset(  # type: ignore[override]  # DRF gives its own request, as it documents
        self, request: Request, queryset: QuerySet[Any], view: GenericAPIView[Any]
    ) -> QuerySet[Any]:
        """What the query asks for.

        Raises:
            ValidationError: naming each parameter whose value is not valid.
        """
        if request.query_params.keys() <= OF_EVERY_LIST:
            return queryset  # without a word about it no filter narrows anything
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise translate_validation(filterset.errors)  # type: ignore[misc]  # it is an exception
        values, without_effect = filterset.form.cleaned_data, {}
        for name, declared in filterset.filters.items():
            if name in request.query_params and values.get(name) in EMPTY_VALUES:
                without_effect[name] = _expected(declared)
        if without_effect:
            raise ValidationError(without_effect)
        found: QuerySet[Any] = filterset.qs
        return found


def _expected(declared: Filter) -> list[ErrorDetail]:
    if isinstance(declared, BooleanFilter):
        return [ErrorDetail("Send true or false.", "invalid")]
    return [ErrorDetail("Send a value, or leave the parameter out.", "invalid")]


def refuse_repeated_parameters(request: Request, view: GenericAPIView[Any]) -> None:
    """Refuse a query that gives a parameter several values, of which one would be taken.

    A filter that is declared as one of several values, such as a ``MultipleChoiceFilter``,
    takes them all.

    Raises:
        ValidationError: naming each such parameter.
    """
    repeated = {name for name, values in request.query_params.lists() if len(values) > 1}
    if repeated:  # the view is not asked otherwise
        repeated -= {
            name
            for name, declared in _filters(view).items()
            if isinstance(declared, MultipleChoiceFilter)
        }
    if repeated:
        detail = [ErrorDetail("Give this parameter once.", "repeated-parameter")]
        raise ValidationError(dict.fromkeys(sorted(repeated), detail))


def refuse_unknown_parameters(request: Request, view: ResourceViewSet[Any]) -> None:
    """Refuse a query with parameters that do nothing.

    A misspelt filter that is ignored shows everything, and a script acts on it.

    Args:
        request: whose query.
        view: whose action it asks for. It may name what the action's description declares, and
            of a list the filters, a page and an order.

    Raises:
        ValidationError: naming each unknown parameter.
    """
    unknown = request.query_params and set(request.query_params) - _parameters(view)
    if unknown:
        detail = [ErrorDetail("There is no such parameter.", "unknown-parameter")]
        raise ValidationError(dict.fromkeys(sorted(unknown), detail))


def _parameters(view: ResourceViewSet[Any]) -> set[str]:
    """What the query of the view's action may name."""
    action, is_list = view.actions[view.action], view.action == "list"
    known = _declared(action.schema.get("parameters", ()))
    if is_list or action.pages:
        known |= OF_EVERY_LIST
    if is_list or action.schema.get("filters"):
        known |= set(_filters(view))
    return known


def _declared(parameters: Iterable[OpenApiParameter | type[Serializer[Any]]]) -> set[str]:
    """The names in the query that a description declares, one by one or as a serializer."""
    names: set[str] = set()
    for declared in parameters:
        if not isinstance(declared, OpenApiParameter):
            names.update(declared().fields)
        elif declared.location == OpenApiParameter.QUERY:
            names.add(declared.name)
    return names


def _filters(view: GenericAPIView[Any]) -> dict[str, Filter]:
    """What the view's list can be narrowed by, by the names of parameters."""
    if not any(issubclass(backend, DjangoFilterBackend) for backend in view.filter_backends):
        return {}
    # Only the model matters here; the view's own queryset would ask the policy again.
    rows: QuerySet[Any] = QuerySet(getattr(view, "model", None))
    filterset = DjangoFilterBackend().get_filterset_class(view, rows)
    return {} if filterset is None else dict(filterset.base_filters)
