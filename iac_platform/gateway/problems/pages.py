"""Django's own error pages: problems on the API, HTML everywhere else.

Named by the root URL configuration as ``handler400`` to ``handler500`` and by
``settings.CSRF_FAILURE_VIEW``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views import csrf, defaults

from iac_platform.gateway.problems.document import Problem
from iac_platform.gateway.problems.responses import database_failure_response, problem_response
from iac_platform.gateway.problems.translation import problem_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from iac_platform.common.errors import DomainError


_HTML = "text/html"


def is_api(request: HttpRequest) -> bool:
    """Whether a request is for the API, where every error is a problem document."""
    return request.path_info.startswith(tuple(settings.API_PREFIXES))


def refusal_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem that middleware found: as a document on the API, as its words elsewhere."""
    if is_api(request):
        return problem_response(request, problem)
    return HttpResponse(problem.detail, status=problem.status, content_type="text/plain")


def wants_page(request: HttpRequest) -> bool:
    """Whether a person reads the answer: never at the API, elsewhere unless they say otherwise."""
    if is_api(request):
        return False
    return request.get_preferred_type([_HTML, "application/json"]) == _HTML


def refusal_page(error: DomainError) -> HttpResponse:
    """A refusal as a page for people, where no user is known yet.

    It looks nothing up, so it can be shown where there is no tenant and no session.
    """
    problem = problem_of(error) or Problem.generic(500)
    context = {"status": problem.status, "title": problem.title, "detail": problem.detail}
    return HttpResponse(
        render_to_string("refusal.html", context),
        status=problem.status,
        headers={**problem.headers, "Cache-Control": "no-store"},
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 when the body was too large."""
    if is_api(request):
        return problem_response(request, problem_of(exception) or Problem.generic(400))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    if is_api(request):
        return problem_response(request, Problem.generic(403))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    if is_api(request):
        return problem_response(request, Problem.generic(404))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 to what a failure of the database ended, wherever in the middleware.

    Django has logged the exception already, and is still handling it.
    """
    error = sys.exc_info()[1]
    gone = database_failure_response(request, error, page=not is_api(request))
    if gone is not None:
        return gone
    if is_api(request):
        return problem_response(request, Problem.generic(500))
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a request without a valid CSRF token."""
    if is_api(request):
        return problem_response(request, Problem.generic(403, "The CSRF token is not valid."))
    return csrf.csrf_failure(request, reason=reason)
