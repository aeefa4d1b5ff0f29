from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class RedirectMiddleware:
    """Keeps a request what it is where it is sent to another address for good.

    Of a POST that is answered with 301 most clients make a GET (RFC 9110, section 15.4.2):
    what was to be done is not, and a page is shown as if it were. Django answers so to an
    address without its slash, and to plain HTTP. With 308 method and body are kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; make a 301 in answer to a change a 308."""
        response = self._get_response(request)
        moved = response.status_code == HTTPStatus.MOVED_PERMANENTLY
        if moved and request.method not in SAFE_METHODS:
            response.status_code = HTTPStatus.PERMANENT_REDIRECT
        return response
