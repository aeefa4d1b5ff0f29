"""A route is in every suite from the day it appears: a missing entry fails here, in words."""

from __future__ import annotations

import pytest

from tests.api.resources import MATRIX, SAMPLES, operations, routes
from tests.api.rights import ROLES
from tests.api.routes import operations as all_operations
from tests.api.routes import route_of


def _file_of(operation: str) -> str:
    """Where the suites look for what they need to know of an operation."""
    app = route_of(operation).view.__module__.partition(".rest")[0].rpartition(".")[2]
    return f"tests/api/resources/{app}.py"


def _advice(missing: set[str], write: str) -> str:
    lines = [f"  {_file_of(each)}: {write.format(each)}" for each in sorted(missing)]
    return "\n".join(["these are tried by no suite until you write:", *lines])


def test_every_operation_has_a_sample() -> None:
    missing = set(all_operations()) - set(SAMPLES)
    assert not missing, _advice(missing, '"{}": Sample(...), in SAMPLES')


def test_every_operation_has_a_row_of_rights() -> None:
    missing = set(all_operations()) - {operation for operation, _ in MATRIX}
    write = f"a row for {{}}, in RIGHTS: a status for each of {', '.join(ROLES)}"
    assert not missing, _advice(missing, write)


def test_there_is_no_sample_and_no_row_of_what_is_no_operation() -> None:
    known = {*SAMPLES, *(operation for operation, _ in MATRIX)}
    assert known - set(all_operations()) == set()


@pytest.mark.parametrize("operation", operations())
def test_a_sample_fills_in_every_parameter(operation: str) -> None:
    sample = SAMPLES[operation]
    assert set(sample.address.values) == set(route_of(operation).parameters)
    assert set(sample.address.hidden) <= set(sample.address.values)


@pytest.mark.parametrize("template", [route.template for route in routes() if route.lists])
def test_a_list_has_a_value_for_every_filter_and_a_way_to_grow(template: str) -> None:
    sample, view = SAMPLES[f"GET {template}"], route_of(f"GET {template}").view
    filterset = getattr(view, "filterset_class", None)
    declared = set(filterset.base_filters) if filterset else set()
    declared |= set(getattr(view, "filterset_fields", None) or ())
    assert set(sample.filters) == declared
    assert sample.fill is not None
