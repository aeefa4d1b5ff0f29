"""Errors as RFC 9457 problem documents, wherever in the request they arise."""

from iac_platform.gateway.problems.document import Problem, Refusal
from iac_platform.gateway.problems.responses import (
    database_failure_response,
    exception_handler,
    problem_response,
)
from iac_platform.gateway.problems.translation import problem_of

__all__ = [
    "Problem",
    "Refusal",
    "database_failure_response",
    "exception_handler",
    "problem_of",
    "problem_response",
]
