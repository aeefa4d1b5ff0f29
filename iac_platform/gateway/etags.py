"""Entity tags and the conditions on them (RFC 9110, sections 8.8.3 and 13.1).

A tag says two things: ``"7.<identity>.<content>"``. The content is a digest of all that is
shown, so nothing can be shown that the tag does not cover; ``If-None-Match`` compares the
whole. The revision, and which row has it, is what a change may overwrite; ``If-Match``
compares that alone, so that a change elsewhere (a role's name, shown with its users) makes
no honest change fail.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from django.utils.http import parse_etags

from iac_platform.gateway.problems.document import Problem, Refusal
from iac_platform.gateway.rendering import OrjsonRenderer

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_CONTENT_BYTES = 18
_IDENTITY_BYTES = 6


def tag_of(obj: object, shown: Any) -> str:
    """The strong entity tag of an object as it is shown.

    Args:
        obj: what is shown; its ``revision``, if it keeps one, stands at the front.
        shown: the members of the answer.
    """
    content = _digest(OrjsonRenderer().render(shown), _CONTENT_BYTES)
    state = _state(obj)
    return f'"{content}"' if state is None else f'"{state}.{content}"'


def tag_of_bytes(content: bytes) -> str:
    """The strong entity tag of an answer that shows no single object, such as a list."""
    return f'"{_digest(content, _CONTENT_BYTES)}"'


def is_known(request: HttpRequest, tag: str | None) -> bool:
    """Whether ``If-None-Match`` already names the answer: a GET is answered with 304.

    While an answer is made that will be kept (``gateway.response_cache``) it is not asked.
    """
    given = request.META.get("HTTP_IF_NONE_MATCH")
    if tag is None or given is None or getattr(request, "wants_full_response", False):
        return False
    # Weak comparison (13.1.2): W/ is ignored.
    names = [name.removeprefix("W/") for name in parse_etags(given)]
    return names == ["*"] or tag in names


def not_modified(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a 304 says as much as this answer does."""
    is_read = request.method in {"GET", "HEAD"} and response.status_code == 200  # noqa: PLR2004  # HTTP's
    return is_read and is_known(request, response.headers.get("ETag"))


def require_match(
    request: HttpRequest,
    obj: object,
    *,
    required: bool,
    shown: Callable[[], Any] | None = None,
) -> None:
    """Hold a change to the revision that the client saw, by ``If-Match``.

    The tag of any representation names it, and so does the bare revision that lists show:
    ``"7"``. Of what keeps no revision, all that is shown is compared.

    This refuses what is stale already. Of two writers that both pass here, the service
    lets one win: it compares ``obj.revision`` again under its lock or in its UPDATE.

    Args:
        request: what is asked.
        obj: what it would change; None if there is none.
        required: whether the header is.
        shown: the members of a GET's answer, where ``obj`` keeps no revision.

    Raises:
        Refusal: 428 without the header where it is required, 400 when it names no tag, 412 when
            it does not match. ``*`` matches whatever there is (13.1.1).
    """
    given = request.headers.get("If-Match")
    if given is None:
        if required:
            raise Refusal(_required())
        return
    tags = parse_etags(given)
    if not tags:
        raise Refusal(_unreadable())
    # Strong comparison (13.1.1): a weak tag matches nothing.
    is_met = obj is not None if tags == ["*"] else any(_names(tag, obj, shown) for tag in tags)
    if not is_met:
        raise Refusal(_changed() if obj is not None else _missing())


def _names(tag: str, obj: object, shown: Callable[[], Any] | None) -> bool:
    state = _state(obj)
    if state is None:
        return obj is not None and shown is not None and tag == tag_of(obj, shown())
    revision, _, _ = state.partition(".")
    return tag == f'"{revision}"' or tag.startswith(f'"{state}.')


def _state(obj: object) -> str | None:
    """Which row, and which revision of it; None for what keeps none."""
    revision = getattr(obj, "revision", None)
    if revision is None:
        return None
    # A row that was deleted and made again begins at 1, and is another.
    return f"{revision}.{_digest(str(getattr(obj, 'pk', '')).encode(), _IDENTITY_BYTES)}"


def _digest(content: bytes, size: int) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()[:size]).decode()


def _required() -> Problem:
    return Problem(
        428,
        "precondition-required",
        "The change must name the revision it is based on",
        "Send the ETag of the object you read as If-Match.",
    )


def _unreadable() -> Problem:
    detail = 'If-Match takes entity tags in quotes, such as "7", or * for any: send the ETag.'
    return Problem.generic(400, detail)


def _missing() -> Problem:
    return Problem(
        412,
        "precondition-failed",
        "The object does not exist",
        "If-Match asks for one that exists. Send the request without it to create it.",
    )


def _changed() -> Problem:
    return Problem(
        412,
        "precondition-failed",
        "The object has changed",
        "Read the object again and repeat your change on what it is now.",
    )
