"""Whatever nobody reads is refused: a client must not believe that it has set something."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from iac_platform.gateway.problems.document import MAX_ERRORS, Problem, Refusal, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.request import Request


_MOST_NAMED = MAX_ERRORS + 1  # so that the answer says that there are more


def refuse_body(request: Request) -> None:
    """Refuse a body where none is taken; an empty object says nothing, and passes.

    Raises:
        ValidationError: naming each member of it.
    """
    if not request.data:
        return
    if isinstance(request.data, Mapping):
        raise ValidationError(unknown_members(request.data))
    raise ValidationError("This takes no body.", "unknown-member")


def refuse_query(request: Request) -> None:
    """Refuse a query where a request changes something: what it says stands in the body.

    Raises:
        Refusal: 400, naming each parameter.
    """
    if request.query_params:
        raise Refusal(_unknown_parameters(sorted(request.query_params)))


def unknown_members(names: Iterable[Any]) -> dict[str, Any]:
    """What a client is told of members that nobody declared; of so many, the first."""
    detail = [ErrorDetail("There is no such member.", "unknown-member")]
    return dict.fromkeys((shortened(str(name)) for name in islice(names, _MOST_NAMED)), detail)


def _unknown_parameters(names: Iterable[str]) -> Problem:
    problem = {"code": "unknown-parameter", "detail": "A change takes no parameters."}
    return Problem(
        400,
        "validation-failed",
        "The request is not valid",
        "Correct the places that `errors` lists.",
        errors=tuple({"parameter": name, **problem} for name in names),
    )
