"""Views that load their protocol's library with the first request, not when the site starts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def lazy_view(module: str, function: str) -> Callable[..., HttpResponseBase]:
    """A view of a module that is not loaded yet."""

    def view(request: HttpRequest, **address: Any) -> HttpResponseBase:
        response: HttpResponseBase = getattr(import_module(module), function)(request, **address)
        return response

    return view
