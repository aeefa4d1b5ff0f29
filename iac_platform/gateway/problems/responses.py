from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.template.loader import render_to_string
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import set_rollback

from iac_platform.common.database_failures import failure_of, may_have_committed
from iac_platform.gateway.denials import note_api_refusal
from iac_platform.gateway.problems.document import CONTENT_TYPE, Problem
from iac_platform.gateway.problems.translation import outcome_unknown, problem_of, unavailable

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


def database_failure_response(
    request: HttpRequest, error: BaseException | None, *, page: bool
) -> HttpResponse | None:
    """The answer to a request that a failure of the database ended; None for other errors.

    It is 503 with Retry-After. A request that changes something learns whether it is certain
    that nothing was changed. The answer carries the failure as ``database_failure``.

    Args:
        request: what is answered.
        error: what ended it.
        page: answer with a page for people instead of a problem document.
    """
    if not isinstance(error, DatabaseError | InterfaceError) and _is_foreseen(error):
        return None
    failure = failure_of(error)
    if failure is None:
        return None
    open_outcome = request.method not in SAFE_METHODS and may_have_committed()
    problem = outcome_unknown() if open_outcome else unavailable(failure)
    _log.warning("database_unavailable", failure=failure.value, code=problem.code, exc_info=error)
    response = _page(problem) if page else problem_response(request, problem)
    response.database_failure = failure  # type: ignore[attr-defined]  # ours
    return response


def _is_foreseen(error: BaseException | None) -> bool:
    """Whether an exception says itself what it means, even if it came of the database."""
    return error is not None and problem_of(error) is not None


def _page(problem: Problem) -> HttpResponse:
    # Without the request: its user and messages would have to be read from the database.
    text = render_to_string("503.html", {"problem": problem})
    return HttpResponse(text, status=problem.status, headers=dict(problem.headers))


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's ``EXCEPTION_HANDLER``.

    An exception nobody foresaw is left to Django, which logs it with its traceback and
    then asks ``handler500`` for the answer: its text reaches no client.
    """
    wrapped: HttpRequest = context["request"]._request  # noqa: SLF001  # DRF has no public name for it
    if (gone := database_failure_response(wrapped, error, page=False)) is not None:
        set_rollback()
        return gone
    problem = problem_of(error)
    if problem is None:
        return None
    set_rollback()
    note_api_refusal(context["request"], context["view"], error, problem.status, problem.code)
    if wrapped.method in SAFE_METHODS:
        problem = replace(problem, errors=tuple(_of_the_query(place) for place in problem.errors))
    return problem_response(wrapped, problem)


def _of_the_query(place: Mapping[str, Any]) -> dict[str, Any]:
    """A safe method has no body: what was wrong is a parameter of the query."""
    named = dict(place)
    if "pointer" in named:
        named["parameter"] = named.pop("pointer").lstrip("/")
    return named
