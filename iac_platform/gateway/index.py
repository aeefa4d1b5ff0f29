"""``/api/v1/``: where everything is, for whoever looks at the API for the first time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.urls import URLResolver, get_resolver, reverse
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpRequest
    from django.urls import URLPattern

PREFIX = "/api/v1/"
_IN_ONE = re.compile("[^/]+/")


@require_safe
def index(request: HttpRequest) -> JsonResponse:
    """The addresses that begin a conversation, and where all are described.

    The same for everybody, signed in or not: what may be done there is another question, which
    ``/me/permissions/`` answers.
    """
    links = {
        name: request.build_absolute_uri(PREFIX + path)
        for name, path in _collections(get_resolver())
    }
    described = {
        "documentation": request.build_absolute_uri(reverse("api-docs")),
        "schema": request.build_absolute_uri(reverse("api-schema")),
    }
    return JsonResponse({**described, "resources": links})


@lru_cache(maxsize=4)
def _collections(resolver: URLResolver) -> tuple[tuple[str, str], ...]:
    """The name and path of each collection: ``("service-accounts", "service-accounts/")``."""
    paths = (path for path in _paths(resolver.url_patterns, "/") if path.startswith(PREFIX))
    own = {path.removeprefix(PREFIX) for path in paths}
    return tuple((path.rstrip("/"), path) for path in sorted(own) if _IN_ONE.fullmatch(path))


def _paths(patterns: Sequence[URLPattern | URLResolver], before: str) -> Iterator[str]:
    """The paths that take no parameters."""
    for pattern in patterns:
        here = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, here)
        elif not set(here) & set("<(?["):
            yield here
