"""Every parameter of every query does what it says or is refused; none is passed over.

Generated from the router: a new filter is tried the day it appears.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
import pytest

from iac_platform.gateway.filters import OF_EVERY_LIST
from tests.api.people import People
from tests.api.resources import SAMPLES, operations, path_of, routes
from tests.api.routes import route_of
from tests.sampling import ROUTE

if TYPE_CHECKING:
    from tenants.models import Tenant

# Also where a log is taken along, which filters as its list does.
EXPORT = "GET /api/v1/audit/export/"
LISTS = [f"GET {route.template}" for route in routes() if route.lists]
NARROWED = {*LISTS, EXPORT}
GETS = [operation for operation in operations() if operation.startswith("GET ")]
EMPTY = ("", " ", "%09")
NO_BOOLEANS = ("banana", "2", "3", "unknown", "yes", "None", "true,false")
INVALID: dict[type, tuple[str, ...]] = {
    django_filters.BooleanFilter: NO_BOOLEANS,
    django_filters.UUIDFilter: ("banana", "7", "null", "1" * 2_000),
    django_filters.IsoDateTimeFilter: (
        "banana",
        "2026-13-01T00:00:00Z",
        "9999999999-01-01",
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
        "9" * 2_000,
    ),
    django_filters.ChoiceFilter: ("banana", "ACTIVE"),
}


def _filters(operation: str) -> dict[str, Any]:
    view = route_of(operation).view
    filterset: Any = getattr(view, "filterset_class", None)
    return dict(filterset.base_filters) if filterset else {}


FILTERS = [
    (operation, name, declared)
    for operation in [*LISTS, EXPORT]
    for name, declared in _filters(operation).items()
]


class Asker:
    """Somebody who may ask every question, the operator's included."""

    def __init__(self, operator: Tenant) -> None:
        people = People(operator)
        self.client, self.fixture = people.client("operator"), people.fixture("admin", own=False)

    def get(self, operation: str, *parameters: str) -> Any:
        path, _, query = path_of(operation, SAMPLES[operation], self.fixture).partition("?")
        names = {parameter.partition("=")[0] for parameter in parameters}
        kept = [each for each in query.split("&") if each and each.partition("=")[0] not in names]
        return self.client.get(f"{path}?{'&'.join([*kept, *parameters])}")

    def require_refused(self, operation: str, name: str, code: str, *parameters: str) -> None:
        response = self.get(operation, *parameters)
        assert response.status_code == 400, (parameters, response.status_code)
        problem = response.json()
        assert problem["code"] == "validation-failed"
        assert {error["parameter"] for error in problem["errors"]} == {name}
        assert {error["code"].partition("-choice")[0] for error in problem["errors"]} == {code}

    def valid(self, operation: str, name: str) -> str:
        listed = operation.replace("export/", "")
        value = SAMPLES[listed].filters[name]
        return str(value if isinstance(value, str) else value(self.fixture))


@pytest.fixture
def asker(operator: Tenant) -> Asker:
    return Asker(operator)


def _kind(declared: Any) -> tuple[str, ...]:
    return next((values for kind, values in INVALID.items() if isinstance(declared, kind)), ())


def test_there_are_filters_of_every_kind_to_try() -> None:
    kinds = {kind for kind in INVALID for *_, declared in FILTERS if isinstance(declared, kind)}
    assert kinds == set(INVALID) or ROUTE


def test_a_value_that_a_filter_cannot_take_is_refused(
    asker: Asker, subtests: pytest.Subtests
) -> None:
    for operation, name, declared in FILTERS:
        with subtests.test(operation, filter=name):
            for value in (*EMPTY, *_kind(declared)):
                asker.require_refused(operation, name, "invalid", f"{name}={value}")
            quoted = asker.valid(operation, name).replace("+", "%2B")
            assert asker.get(operation, f"{name}={quoted}").status_code == 200


def test_a_parameter_with_two_values_is_refused(asker: Asker, subtests: pytest.Subtests) -> None:
    for operation, name, _ in FILTERS:
        with subtests.test(operation, filter=name):
            given = f"{name}={asker.valid(operation, name)}".replace("+", "%2B")
            asker.require_refused(operation, name, "repeated-parameter", given, given)
            asker.require_refused(operation, name, "repeated-parameter", f"{name}=x", given)


def test_so_are_pages_and_orders_and_whatever_else_is_asked(
    asker: Asker, subtests: pytest.Subtests
) -> None:
    values = {"page_size": "1", "ordering": "created_at", "cursor": "x"}
    assert values.keys() == OF_EVERY_LIST
    for operation in GETS:
        with subtests.test(operation):
            for name in (*(OF_EVERY_LIST if operation in LISTS else ()), "target", "compare_to"):
                given = f"{name}={values.get(name, '1')}"
                asker.require_refused(operation, name, "repeated-parameter", given, given)
            assert asker.get(operation).status_code == 200


@pytest.mark.parametrize("size", ["", "0", "201", "-1", "1e2", "٣", "9" * 1_000, "1.0", "+1"])
def test_a_page_has_a_size(asker: Asker, size: str) -> None:
    asker.require_refused("GET /api/v1/users/", "page_size", "invalid", f"page_size={size}")
