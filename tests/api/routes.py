"""Every route of the API, read off the URL router: what the suites here are complete against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/api/v1/"
OAUTH = "/api/v1/oauth/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PARAMETER = re.compile(r"<(?:[^>:]+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One address template with all that is declared on it.

    Attributes:
        template: for instance ``/api/v1/users/{pk}/``.
        view: the viewset class that answers.
        actions: its action by HTTP method, for the verbs that have a permission.
    """

    template: str
    view: type[ResourceViewSet[Any]]
    actions: dict[str, str]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the template."""
        return tuple(re.findall(r"{(\w+)}", self.template))

    @property
    def operations(self) -> list[str]:
        """``METHOD template`` for each declared verb."""
        return [f"{method} {self.template}" for method in self.actions]

    @property
    def undeclared(self) -> list[str]:
        """The methods that must be refused."""
        return [method for method in METHODS if method not in self.actions]

    @property
    def lists(self) -> bool:
        """Whether GET answers a page of the tenant's objects."""
        return self.actions.get("GET") == "list" and self.view.pagination_class is not None


@cache
def routes() -> tuple[Route, ...]:
    """All routes below ``/api/v1/``.

    Several patterns may share a template, as nested routers do; they become one route.
    """
    found: dict[str, Route] = {}
    for template, callback in walk(get_resolver().url_patterns, "/"):
        # The index is no resource: it says where these are (test_index.py).
        # OAuth's endpoints take forms in the name of nobody (tests/sso/oauth).
        if not template.startswith(PREFIX) or template == PREFIX or template.startswith(OAUTH):
            continue
        view = getattr(callback, "cls", None)
        assert view is not None, f"{template} is answered by something else than a viewset"
        assert issubclass(view, ResourceViewSet), f"{template}: {view} is no ResourceViewSet"
        actions = {
            method.upper(): action
            for method, action in callback.actions.items()
            if method.upper() in METHODS and action in view.action_permissions
        }
        known = found.get(template)
        found[template] = Route(template, view, {**(known.actions if known else {}), **actions})
    return tuple(found.values())


def operations() -> list[str]:
    """``METHOD template`` of everything that can be done."""
    return [operation for route in routes() for operation in route.operations]


def route_of(operation: str) -> Route:
    """The route that ``METHOD template`` belongs to."""
    _, template = operation.split(" ")
    return next(route for route in routes() if route.template == template)


def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, Any]]:
    """The template and the view of every address below some patterns."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, here)
        else:
            yield _template(here), pattern.callback


def _template(pattern: str) -> str:
    return _PARAMETER.sub(r"{\1}", simplify_regex(pattern)).replace("//", "/")
