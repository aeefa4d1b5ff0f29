from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils.encoding import escape_uri_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:iac-platform:problem:"
BEARER_CHALLENGE = 'Bearer realm="iac-platform"'
# A document says enough to correct a request, and never much more than the request did.
MAX_ERRORS = 100
_LONGEST_TEXT = 500

# code, title and detail of what carries nothing but a status.
_GENERIC: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "The request is malformed", "The server cannot read this request."),
    401: (
        "not-authenticated",
        "Authentication is required",
        "Send an API token: the header is Authorization: Bearer <token>.",
    ),
    403: ("permission-denied", "Permission denied", "You may not do this."),
    404: ("not-found", "Not found", "There is no such resource, or you may not see it."),
    405: (
        "method-not-allowed",
        "Method not allowed",
        "Use one of the methods that the Allow header lists.",
    ),
    406: ("not-acceptable", "Not acceptable", "This resource is served as application/json."),
    413: ("too-large", "The request is too large", "Send a smaller body."),
    415: (
        "unsupported-media-type",
        "Unsupported media type",
        "Send the body as JSON, with Content-Type: application/json.",
    ),
    429: ("rate-limited", "Too many requests", "Wait as long as the Retry-After header says."),
    500: (
        "internal-error",
        "Internal error",
        "The error was logged. Quote the request_id when you report it.",
    ),
    503: ("unavailable", "Temporarily unavailable", "Try again shortly."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, before it is put into words for a particular request.

    Attributes:
        status: the HTTP status.
        code: stable and machine-readable; also the last part of ``type``.
        title: the same for every occurrence of the code.
        detail: what happened this time and what would be right.
        errors: one entry for each wrong place: ``detail``, ``code`` and either
            ``pointer`` (RFC 6901, into the body) or ``parameter`` (of the query). The first
            100 are shown; ``more`` says how many were found beyond these.
        extra: further members of the document; they cannot replace the standard ones.
        headers: headers of the response, such as ``Retry-After``.
    """

    status: int
    code: str
    title: str
    detail: str = ""
    errors: tuple[Mapping[str, Any], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def generic(
        cls, status: int, detail: str = "", headers: Mapping[str, str] | None = None
    ) -> Problem:
        """The problem for a status of which nothing else is known."""
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
        fallback = (phrase.lower().replace(" ", "-").replace("'", ""), phrase, "")
        code, title, usual_detail = _GENERIC.get(status, fallback)
        return cls(status, code, title, detail or usual_detail, headers=headers or {})

    def document(self, request: HttpRequest) -> dict[str, Any]:
        """The members of the problem document in answer to this request."""
        members: dict[str, Any] = {
            **self.extra,
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": shortened(self.detail),
            "instance": escape_uri_path(request.path),
            "code": self.code,
            "request_id": getattr(request, "request_id", None),
        }
        if self.errors:
            members["errors"] = [_shortened_texts(each) for each in self.errors[:MAX_ERRORS]]
        if len(self.errors) > MAX_ERRORS:
            members["more"] = len(self.errors) - MAX_ERRORS
        return members


def shortened(text: str) -> str:
    """A text that may quote what a client has sent, cut off where it becomes too long."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _shortened_texts(members: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: shortened(value) if isinstance(value, str) else value
        for name, value in members.items()
    }


class Refusal(Exception):
    """Raised inside the gateway to answer a request with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem
