from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from django.utils.functional import SimpleLazyObject

from iac_platform.cache.keys import current_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_log = structlog.get_logger("iac_platform.request")
_FIRST_SERVER_ERROR = 500


class RequestLogMiddleware:
    """Writes one line per request: method, route, status, milliseconds, tenant, user.

    It names the route (``api/v1/blueprints/<pk>/``), not the address: addresses hold
    identifiers, and query strings hold what people search for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and write its line."""
        started = time.perf_counter()
        response = self._get_response(request)
        log_request(
            request, response, started, route=route_of(request), user_id=user_id_of(request)
        )
        return response

    def process_view(self, _request: HttpRequest, *_view: Any) -> None:
        """Bind the tenant: here, right before the view, its scope has been entered."""
        tenant = current_tenant()
        if tenant is not None:
            structlog.contextvars.bind_contextvars(tenant_id=str(tenant))


def log_request(
    request: HttpRequest, response: HttpResponseBase, started: float, **facts: Any
) -> None:
    """Write the line of a request.

    Args:
        request: what was asked.
        response: what was answered.
        started: when, by ``time.perf_counter``.
        facts: what else the line says.
    """
    failed = response.status_code >= _FIRST_SERVER_ERROR
    (_log.error if failed else _log.info)(
        "request",
        method=request.method,
        status=response.status_code,
        ms=round((time.perf_counter() - started) * 1000, 1),
        **facts,
    )


def route_of(request: HttpRequest) -> str | None:
    """The route of a request's address; None before it is known."""
    match = getattr(request, "resolver_match", None)
    return None if match is None else match.route


def user_id_of(request: HttpRequest) -> str | None:
    """Who asks, if that is known already."""
    user = getattr(request, "user", None)
    # Asking a lazy user who it is would query the database for the sake of a log line.
    if isinstance(user, SimpleLazyObject) and not hasattr(request, "_cached_user"):
        return None
    identity = getattr(user, "pk", None)
    return None if identity is None else str(identity)
