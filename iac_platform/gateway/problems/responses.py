from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import set_rollback

from iac_platform.gateway.denials import note_api_refusal
from iac_platform.gateway.problems.document import CONTENT_TYPE, Problem
from iac_platform.gateway.problems.translation import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from iac_platform.common.errors import DomainError

_log = structlog.get_logger("iac_platform.gateway")


def problem_response(request: HttpRequest, problem: Problem | DomainError) -> HttpResponse:
    """A problem, or the problem a domain error stands for, as the answer to a request.

    For middleware and plain Django views; views of the API raise instead.
    """
    found = problem if isinstance(problem, Problem) else problem_of(problem)
    found = found or Problem.generic(500)
    return HttpResponse(
        orjson.dumps(found.document(request), default=str, option=orjson.OPT_NON_STR_KEYS),
        status=found.status,
        content_type=CONTENT_TYPE,
        headers=dict(found.headers),
    )


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's ``EXCEPTION_HANDLER``.

    An exception nobody foresaw is left to Django, which logs it with its traceback and
    then asks ``handler500`` for the answer: its text reaches no client.
    """
    problem = problem_of(error)
    if problem is None:
        return None
    set_rollback()
    note_api_refusal(context["request"], context["view"], error, problem.status, problem.code)
    request: HttpRequest = context["request"]._request  # noqa: SLF001  # DRF has no public name for it
    if isinstance(error, OperationalError | InterfaceError):
        _log.exception("database_unavailable")
    if request.method in SAFE_METHODS:
        problem = replace(problem, errors=tuple(_of_the_query(place) for place in problem.errors))
    return problem_response(request, problem)


def _of_the_query(place: Mapping[str, Any]) -> dict[str, Any]:
    """A safe method has no body: what was wrong is a parameter of the query."""
    named = dict(place)
    if "pointer" in named:
        named["parameter"] = named.pop("pointer").lstrip("/")
    return named
