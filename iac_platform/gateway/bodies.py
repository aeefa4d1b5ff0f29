"""How much of a request's body is read, and that what is sent is never passed over.

A body is bounded before anything is done with it. Whoever shows no valid credentials gets
by with little: a token to revoke, an invitation to accept, a name and a password.
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest

from iac_platform.gateway.problems.document import Problem, Refusal
from iac_platform.gateway.problems.pages import refusal_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = TypeVar("View", bound=Callable[..., HttpResponseBase])

_KIB = 1024
_LIMIT = "anonymous_body_bytes"


def takes_anonymous_body(most: int) -> Callable[[View], View]:
    """Let a page take larger bodies of anybody than others do, if they state their length.

    Args:
        most: bytes.
    """

    def mark(view: View) -> View:
        setattr(view, _LIMIT, most)
        return view

    return mark


class BodyMiddleware:
    """Makes bodies without a ``Content-Length`` readable, and bounds what pages take of anybody.

    Django reads as many bytes as ``Content-Length`` says, so it would take a chunked body
    (RFC 9112, section 7.1) for none at all. Where the server marks the end of the body
    (``wsgi.input_terminated``) it is read here; elsewhere the length must be stated (411).
    Views of the API hold callers to their limit themselves, once they know who is asking.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; the body is looked at only when there is a view to take it."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_arguments: Any) -> Any:
        """Read a body of unstated length, and bound what a page takes."""
        try:
            limit: int = getattr(view, _LIMIT, settings.ANONYMOUS_BODY_MAX_BYTES)
            _read_unstated(request)
            if not hasattr(view, "cls"):  # DRF's mark on its views
                refuse_large_anonymous_body(request, getattr(request, "user", None), limit)
        except Refusal as refusal:
            return refusal_response(request, refusal.problem)
        return None


def refuse_large_anonymous_body(request: HttpRequest, user: Any, limit: int | None = None) -> None:
    """Hold whoever is not authenticated to ``settings.ANONYMOUS_BODY_MAX_BYTES``.

    Args:
        request: whose body it is; nothing of it is read.
        user: who asks. Not looked at, which may cost a query, where the body is small.
        limit: another one.

    Raises:
        Refusal: 413.
    """
    limit = settings.ANONYMOUS_BODY_MAX_BYTES if limit is None else limit
    if _stated_length(request) > limit and not getattr(user, "is_authenticated", False):
        detail = f"Without valid credentials a body may have {limit // _KIB} KiB at most."
        raise Refusal(Problem.generic(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))


def _read_unstated(request: HttpRequest) -> None:
    """Read a body of unstated length, and one byte more than is allowed to show that it is more.

    Raises:
        Refusal: 411, nothing says where the body ends.
        BadRequest: it broke off, or is malformed.
    """
    if request.META.get("CONTENT_LENGTH"):
        return
    if not request.META.get("wsgi.input_terminated"):
        if "Transfer-Encoding" in request.headers:
            detail = "State the body's Content-Length: it cannot be read in chunks here."
            raise Refusal(Problem.generic(HTTPStatus.LENGTH_REQUIRED, detail))
        return
    body = _read(request.META["wsgi.input"], _most_bytes(request) + 1)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001  # where Django keeps what it reads from


def _read(stream: IO[bytes], most: int) -> bytes:
    body = bytearray()
    try:
        while len(body) < most and (piece := stream.read(most - len(body))):
            body += piece
    except Exception as error:  # each server has errors of its own for what is malformed
        raise BadRequest("The body broke off, or its chunks are malformed.") from error
    return bytes(body)


def _most_bytes(request: HttpRequest) -> int:
    """What may be read before it is known who asks: more of those who show credentials."""
    shows_credentials = "Authorization" in request.headers or request.COOKIES
    largest: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return largest if shows_credentials else settings.ANONYMOUS_BODY_MAX_BYTES


def _stated_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # Django reads nothing then
