from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from iac_platform.gateway.client_address import client_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"

# What is safe in a header, a log line and a search box alike.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestIdMiddleware:
    """Gives each request an identity that its answer, its log lines and its problems carry.

    A proxy or client may choose it with ``X-Request-ID`` (8 to 64 letters, digits and
    ``._-``); anything else is replaced without comment. It is ``request.request_id``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on under its identity."""
        request_id = request_id_of(request)
        request.request_id = request_id  # type: ignore[attr-defined]  # ours
        structlog.contextvars.clear_contextvars()
        # The audit log tells both, so they are bound for everything that the request does.
        identity = {"request_id": request_id, "client_ip": client_address(request)}
        with structlog.contextvars.bound_contextvars(**identity):
            response = self._get_response(request)
        structlog.contextvars.clear_contextvars()
        response.headers[HEADER] = request_id
        return response


def request_id_of(request: HttpRequest) -> str:
    """The identity that the request brings, or a new one."""
    return _chosen(request) or uuid4().hex


def _chosen(request: HttpRequest) -> str | None:
    given = request.headers.get(HEADER, "")
    return given if _SANE.fullmatch(given) else None
