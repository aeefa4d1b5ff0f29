"""``Idempotency-Key``: a POST that is sent again is carried out once.

After the IETF's draft ``draft-ietf-httpapi-idempotency-key-header``. A key belongs to
one tenant, principal, method and path for 24 hours. What succeeded is answered again
from the record; what failed changed nothing, so the key is free for another try. Where the
database went away while the change was saved nobody knows, and the key stays taken: 409
``outcome-unknown``.

Whoever is not authenticated is nobody's principal, and has no keys: two strangers would
share them. What they may do, a token or an invitation in the body stands for, and is done
once by itself: such a request is carried out as if it had no key.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.http import HttpResponse
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from iac_platform.cache import CacheUnavailable, ledger
from iac_platform.common.database_failures import failure_of, may_have_committed
from iac_platform.gateway.problems.document import Problem, Refusal
from iac_platform.gateway.problems.translation import outcome_unknown

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

_KEPT_SECONDS = 24 * 3600
# Longer than any request may take; a process that died holds its key no longer.
_RUNNING_SECONDS = 300
_LARGEST_BODY = 2 * 1024 * 1024
_LONGEST_KEY = 255
_FIRST_ERROR_STATUS = 400
_NAMESPACE = "idempotency"
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")

_log = structlog.get_logger("iac_platform.idempotency")


class _AnsweredBefore(Exception):
    """Leaves a view whose answer is on record."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class _Claim(NamedTuple):
    """The right to carry a request out, until it is settled."""

    key: str
    record: dict[str, Any]


class IdempotentViewSet(GenericViewSet[Any]):
    """A viewset whose POSTs honour ``Idempotency-Key``.

    An answer that nobody may store (``present_once``) is not stored here either: the second
    request gets 409 with the code ``already-done``, and still nothing is carried out twice.
    """

    _claim: _Claim | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, authorise and throttle, then look whether this was done before."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and HEADER in request.headers and request.user.is_authenticated:
            self._claim_or_replay(request)

    def handle_exception(self, exc: Exception) -> Any:
        """Answer from the record, or free the key of a request that failed."""
        if isinstance(exc, _AnsweredBefore):
            return exc.response
        if failure_of(exc) is not None and may_have_committed():
            self._leave_open()
        self._release()
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Any:
        """Put a success on record, once it has its final bytes."""
        # Problems are plain HttpResponses; DRF's annotation does not know of them.
        final: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        if self._claim is None:
            return final
        if response.status_code >= _FIRST_ERROR_STATUS:
            self._release()
        elif isinstance(final, Response):
            final.add_post_render_callback(self._settle)
        else:
            self._settle(final)
        return final

    def _claim_or_replay(self, request: Request) -> None:
        key, fingerprint = _scoped_key(request), _fingerprint(request._request)  # noqa: SLF001  # DRF has no public name for it
        record = {"fingerprint": fingerprint, "claim": secrets.token_hex(8)}
        if ledger.add(_NAMESPACE, key, record, ttl=_RUNNING_SECONDS):
            self._claim = _Claim(key, record)
            return
        known = ledger.read(_NAMESPACE, key)
        if known is None:  # it ended between the two steps
            raise Refusal(_running())
        if known["fingerprint"] != fingerprint:
            raise Refusal(_reused())
        if "unknown" in known:
            raise Refusal(outcome_unknown(status=409))
        if "status" not in known:
            raise Refusal(_running())
        self._authorise_replay()
        raise _AnsweredBefore(_replay(known))

    def _authorise_replay(self) -> None:
        """Hold a replay to the rights of now: they may have been taken since."""
        if (self.lookup_url_kwarg or self.lookup_field) in self.kwargs:
            self.get_object()

    def _settle(self, response: HttpResponseBase) -> None:
        if self._claim is None:
            return
        claim, self._claim = self._claim, None
        done = claim.record | _answer(response)
        try:
            ledger.replace(_NAMESPACE, claim.key, done, expected=claim.record, ttl=_KEPT_SECONDS)
        except CacheUnavailable:
            # It was carried out. The claim keeps repeats away until it ends.
            _log.warning("idempotency_record_lost")

    def _leave_open(self) -> None:
        """Keep the key from another try: the first may have been carried out."""
        if self._claim is None:
            return
        claim, self._claim = self._claim, None
        record = claim.record | {"unknown": True}
        try:
            ledger.replace(_NAMESPACE, claim.key, record, expected=claim.record, ttl=_KEPT_SECONDS)
        except CacheUnavailable:
            _log.warning("idempotency_key_held", seconds=_RUNNING_SECONDS)

    def _release(self) -> None:
        if self._claim is None:
            return
        claim, self._claim = self._claim, None
        try:
            ledger.remove(_NAMESPACE, claim.key, expected=claim.record)
        except CacheUnavailable:
            _log.warning("idempotency_key_held", seconds=_RUNNING_SECONDS)


def _scoped_key(request: Request) -> str:
    """The key within the tenant's ledger, which adds the tenant.

    Raises:
        Refusal: 400, the header is not 1-255 visible ASCII characters.
    """
    given = request.headers[HEADER].strip()
    if len(given) > 1 and given[0] == given[-1] == '"':
        given = given[1:-1]  # the draft writes it as a structured string
    if not 0 < len(given) <= _LONGEST_KEY or not given.isascii() or not given.isprintable():
        raise Refusal(_malformed())
    scope = f"{request.user.pk}\n{request.method}\n{request.path}\n{given}"
    return hashlib.sha256(scope.encode()).hexdigest()


def _fingerprint(request: HttpRequest) -> str:
    """What makes two requests the same: their query, media type and body."""
    digest = hashlib.sha256()
    for part in (request.META.get("QUERY_STRING", ""), request.content_type or ""):
        digest.update(part.encode() + b"\n")
    digest.update(request.body)
    return digest.hexdigest()


def _answer(response: HttpResponseBase) -> dict[str, Any]:
    """What a replay needs; without the body when it is secret, streamed or very large."""
    secret = "no-store" in response.headers.get("Cache-Control", "")
    content = None if response.streaming else getattr(response, "content", None)
    storable = content is not None and not secret and len(content) <= _LARGEST_BODY
    return {
        "status": response.status_code,
        "headers": {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        },
        "body": b64encode(content).decode() if storable and content is not None else None,
    }


def _replay(record: dict[str, Any]) -> HttpResponse:
    if record["body"] is None:
        raise Refusal(_done(record["headers"].get("Location")))
    headers = record["headers"] | {REPLAYED: "true"}
    return HttpResponse(b64decode(record["body"]), status=record["status"], headers=headers)


def _malformed() -> Problem:
    detail = f"Send 1 to {_LONGEST_KEY} visible ASCII characters, a UUID for instance."
    return Problem(400, "idempotency-key-malformed", "The Idempotency-Key is malformed", detail)


def _reused() -> Problem:
    return Problem(
        422,
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        "Use a new key for each request; repeat a request byte for byte.",
    )


def _running() -> Problem:
    return Problem(
        409,
        "idempotency-in-progress",
        "The first request with this key is still running",
        "Try again shortly.",
        headers={"Retry-After": "1"},
    )


def _done(location: str | None) -> Problem:
    return Problem(
        409,
        "already-done",
        "The first request with this key was carried out",
        "Its answer cannot be repeated: it held a secret that is shown once, or was too large.",
        headers={"Location": location} if location else {},
    )
