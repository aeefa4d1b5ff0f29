"""A route is in every suite from the day it appears: a missing entry fails here."""

from __future__ import annotations

import pytest

from tests.api.routes import operations, route_of, routes
from tests.api.samples import SAMPLES


def test_every_operation_has_a_sample_and_every_sample_an_operation() -> None:
    assert sorted(SAMPLES) == sorted(operations())


@pytest.mark.parametrize("operation", sorted(SAMPLES))
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
