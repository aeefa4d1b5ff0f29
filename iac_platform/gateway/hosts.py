"""Pages that are a tenant's, and hosts at which there is none."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]


def at_a_tenants_host(template: str) -> Callable[[View], View]:
    """Answer 404 with a hint where no tenant is served: there is nobody to sign in.

    Args:
        template: the page that says where to go instead; it is given ``base_domain``.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if getattr(request, "tenant", None) is None:
                context = {"base_domain": settings.BASE_DOMAIN}
                return render(request, template, context, status=404)
            return view(request, *args, **kwargs)

        return guarded

    return guard
