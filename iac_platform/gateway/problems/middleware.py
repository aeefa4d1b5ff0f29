from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.errors import DomainError
from iac_platform.gateway.problems.document import Problem
from iac_platform.gateway.problems.pages import is_api, refusal_response
from iac_platform.gateway.problems.responses import database_failure_response, problem_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

_FIRST_ERROR_STATUS = 400
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


class ProblemMiddleware:
    """Sees to it that no error leaves the API as anything but a problem document.

    What the views and DRF do not catch, Django and other middleware answer in HTML:
    that is replaced here, and so are Django's debug pages. It also turns away NUL
    characters, which no text column of PostgreSQL can hold or be asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and look at what comes back."""
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            detail = "The address must not contain NUL characters."
            return refusal_response(request, Problem.generic(400, detail))
        response = self._get_response(request)
        if not is_api(request):
            return response
        return _as_problem(request, response) if _is_foreign(response) else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a plain view let through: a domain error, or a failure of the database."""
        gone = database_failure_response(request, error, page=not is_api(request))
        if gone is not None:
            return gone
        if isinstance(error, DomainError) and is_api(request):
            return problem_response(request, error)
        return None


def _is_foreign(response: HttpResponseBase) -> bool:
    if response.status_code < _FIRST_ERROR_STATUS:
        return False
    kind = response.headers.get("Content-Type", "")
    return not kind or kind.startswith("text/html")


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    problem = problem_response(request, Problem.generic(response.status_code, headers=headers))
    problem.cookies = response.cookies
    return problem
