from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from iac_platform.gateway.problems.pages import is_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeadersMiddleware:
    """Headers that narrow what a browser may do with an answer.

    The content security policy is the one of the longest matching prefix in
    ``settings.CONTENT_SECURITY_POLICIES``. Answers of the API are not stored by anybody
    unless the view says otherwise. A view's own headers are never replaced. Strict
    transport security is Django's ``SecurityMiddleware``'s part.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and add the headers to its answer."""
        response = self._get_response(request)
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        policy = _policy(request.path_info)
        if policy:
            response.headers.setdefault("Content-Security-Policy", policy)
        if is_api(request):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _policy(path: str) -> str | None:
    policies: dict[str, str] = settings.CONTENT_SECURITY_POLICIES
    matching = [prefix for prefix in policies if path.startswith(prefix)]
    return policies[max(matching, key=len)] if matching else None
