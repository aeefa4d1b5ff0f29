"""Entity tags and the conditions on them (RFC 9110, sections 8.8.3 and 13.1)."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.http import parse_etags

from iac_platform.gateway.problems.document import Problem, Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest

_TAG_BYTES = 18


def etag_of(obj: object) -> str | None:
    """The strong entity tag of an object, or None for one that keeps no revision.

    It is made from the object's kind, id and ``revision`` (else ``updated_at``), and from
    ``settings.RELEASE``: a new release may represent the same object in other bytes.
    """
    revision = getattr(obj, "revision", None) or getattr(obj, "updated_at", None)
    if revision is None:
        return None
    kind = f"{type(obj).__module__}.{type(obj).__qualname__}"
    release = getattr(settings, "RELEASE", "")
    identity = f"{kind}:{getattr(obj, 'pk', '')}:{revision}:{release}"
    digest = hashlib.sha256(identity.encode()).digest()[:_TAG_BYTES]
    return f'"{urlsafe_b64encode(digest).decode()}"'


def unchanged(request: HttpRequest, obj: object) -> bool:
    """Whether ``If-None-Match`` already names the object: a GET is answered with 304."""
    tag, given = etag_of(obj), request.headers.get("If-None-Match")
    if tag is None or given is None:
        return False
    # Weak comparison (13.1.2): W/ is ignored.
    names = [name.removeprefix("W/") for name in parse_etags(given)]
    return names == ["*"] or tag in names


def require_match(request: HttpRequest, obj: object, *, required: bool) -> None:
    """Hold a change to the revision that the client saw, by ``If-Match``.

    This refuses what is stale already. Of two writers that both pass here, the service
    lets one win: it compares ``obj.revision`` again under its lock or in its UPDATE.

    Raises:
        Refusal: 428 without the header where it is required, 412 when it does not match.
    """
    given = request.headers.get("If-Match")
    if given is None:
        if required:
            raise Refusal(_required())
        return
    # Strong comparison (13.1.1): a weak tag matches nothing.
    tags = parse_etags(given)
    if tags != ["*"] and etag_of(obj) not in tags:
        raise Refusal(_changed())


def _required() -> Problem:
    return Problem(
        428,
        "precondition-required",
        "The change must name the revision it is based on",
        "Send the ETag of the object you read as If-Match.",
    )


def _changed() -> Problem:
    return Problem(
        412,
        "precondition-failed",
        "The object has changed",
        "Read the object again and repeat your change on what it is now.",
    )
