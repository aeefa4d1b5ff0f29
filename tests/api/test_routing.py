"""Looking addresses up by their first segment finds what trying all patterns finds."""

from __future__ import annotations

import re

import pytest
from django.urls import Resolver404, URLResolver, resolve
from django.urls.resolvers import RoutePattern

from iac_platform.gateway.routing import SegmentResolver, by_segment
from iac_platform.urls import urlpatterns
from tests.api.routes import PREFIX, routes

KEY = "00000000-0000-4000-8000-00000000dead"
NOWHERE = ("unknown/", "blueprints", "blueprint/", "blueprints//", f"blueprints/{KEY}", "me/x/")
ALL = URLResolver(RoutePattern("api/v1/", is_endpoint=False), "iac_platform.api")
BY_SEGMENT = by_segment("api/v1/", "iac_platform.api")


def test_the_api_is_looked_up_so() -> None:
    assert [each for each in urlpatterns if isinstance(each, SegmentResolver)]


@pytest.mark.parametrize("template", [route.template for route in routes()])
def test_every_address_leads_where_it_led(template: str) -> None:
    values = {"number": "1", "name": "production", "key": "free"}
    address = re.sub(r"{(\w+)}", lambda found: values.get(found[1], KEY), template)
    expected, found = ALL.resolve(address[1:]), BY_SEGMENT.resolve(address[1:])
    for part in ("func", "args", "kwargs", "route", "url_name", "app_names", "namespaces"):
        assert getattr(found, part) == getattr(expected, part)
    assert resolve(address).func is found.func


@pytest.mark.parametrize("rest", NOWHERE)
def test_what_led_nowhere_still_does(rest: str) -> None:
    for resolver in (ALL, BY_SEGMENT):
        with pytest.raises(Resolver404):
            resolver.resolve(f"{PREFIX[1:]}{rest}")
