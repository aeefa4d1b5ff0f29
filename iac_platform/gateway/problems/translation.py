"""Which problem an exception is: one entry per class of exception, nearest class first."""

from __future__ import annotations

from functools import singledispatch
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DatabaseError, InterfaceError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf

from iac_platform.common.database_failures import DatabaseFailure, failure_of
from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.gateway.problems.document import BEARER_CHALLENGE, Problem, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS_OF_KIND: dict[ErrorKind, int] = {
    ErrorKind.INVALID: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.PRECONDITION_FAILED: 412,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.PRECONDITION_REQUIRED: 428,
    ErrorKind.EXHAUSTED: 429,
    ErrorKind.UNAVAILABLE: 503,
}
RETRY_SECONDS = "5"
_NOWHERE = "non_field_errors"
_DETAILS = {
    DatabaseFailure.READ_ONLY: "Nothing can be changed for a moment. Try again shortly.",
    DatabaseFailure.BUSY: "Others were changing the same. Nothing was changed; try again shortly.",
}
_MOST_COUNTED = 1_000  # places that are wrong; so a hostile body costs no more than that


@singledispatch
def problem_of(error: BaseException) -> Problem | None:
    """The problem that an exception stands for; None for one that nobody foresaw."""
    del error
    return None


@problem_of.register
def _(error: Refusal) -> Problem:
    return error.problem


@problem_of.register
def _(error: DomainError) -> Problem:
    status = STATUS_OF_KIND[error.kind]
    extra = dict(error.extra)
    errors = tuple(extra.pop("errors", ()))
    headers = {}
    if error.kind is ErrorKind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = BEARER_CHALLENGE
    if error.kind in (ErrorKind.UNAVAILABLE, ErrorKind.EXHAUSTED):
        headers["Retry-After"] = str(extra.pop("retry_after", RETRY_SECONDS))
    return Problem(status, error.code, error.title, error.detail, errors, extra, headers)


@problem_of.register
def _(error: drf.APIException) -> Problem:
    return Problem.generic(error.status_code, _text(error.detail))


@problem_of.register
def _(error: drf.ValidationError) -> Problem:
    return Problem(
        status=error.status_code,
        code="validation-failed",
        title="The request is not valid",
        detail="Correct the places that `errors` lists.",
        errors=tuple(islice(_places(error.detail, ""), _MOST_COUNTED)),
    )


@problem_of.register
def _(error: drf.AuthenticationFailed) -> Problem:
    return Problem.generic(401, _text(error.detail), _challenge(error))


# What Django REST Framework says of these is what happened, and not what would be right.
@problem_of.register
def _(error: drf.NotAuthenticated) -> Problem:
    return Problem.generic(401, headers=_challenge(error))


@problem_of.register(drf.MethodNotAllowed)
@problem_of.register(drf.UnsupportedMediaType)
@problem_of.register(drf.NotAcceptable)
def _(error: drf.APIException) -> Problem:
    return Problem.generic(error.status_code)


def _challenge(error: drf.APIException) -> dict[str, str]:
    return {"WWW-Authenticate": str(getattr(error, "auth_header", None) or BEARER_CHALLENGE)}


@problem_of.register
def _(error: drf.Throttled) -> Problem:
    return Problem.generic(
        429, headers={"Retry-After": str(max(1, ceil(getattr(error, "wait", None) or 1)))}
    )


# Texts of these come from Django and may name models, hosts or values: they stay here.
@problem_of.register(Http404)
@problem_of.register(drf.NotFound)
def _(error: Exception) -> Problem:
    del error
    return Problem.generic(404)


@problem_of.register
def _(error: PermissionDenied) -> Problem:
    del error
    return Problem.generic(403)


@problem_of.register(SuspiciousOperation)
@problem_of.register(UnreadablePostError)
def _(error: Exception) -> Problem:
    del error
    return Problem.generic(400)


@problem_of.register
def _(error: RequestDataTooBig) -> Problem:
    del error
    return Problem.generic(413)


@problem_of.register(DatabaseError)
@problem_of.register(InterfaceError)
def _(error: Exception) -> Problem | None:
    """A database that will be back; anything else that it refuses is a defect of ours."""
    failure = failure_of(error)
    return None if failure is None else unavailable(failure)


def unavailable(failure: DatabaseFailure) -> Problem:
    """The problem that a failure of the database is, where nothing was changed."""
    detail = _DETAILS.get(failure, "")
    return Problem.generic(503, detail, {"Retry-After": RETRY_SECONDS})


def outcome_unknown(status: int = 503) -> Problem:
    """The problem of a change of which nobody can say whether it was made."""
    return Problem(
        status,
        "outcome-unknown",
        "The change may or may not have been made",
        "The database went away while the change was being saved. Read the resource, and send "
        "the request again only if the change is not there.",
        headers={"Retry-After": RETRY_SECONDS},
    )


def _text(detail: Any) -> str:
    return detail if isinstance(detail, str) else ""


def _places(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """DRF's nested errors as a flat list with JSON Pointers (RFC 6901)."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == _NOWHERE else f"/{_escaped(str(name))}"
            yield from _places(inner, pointer + step)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _places(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield {
            "pointer": pointer,
            "detail": str(detail),
            "code": str(getattr(detail, "code", "invalid")).replace("_", "-"),
        }


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
