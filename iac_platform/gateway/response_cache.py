"""Hot reads: answers of the API that are kept as bytes and given again.

Before anything else is asked, one round trip to Redis tells whether the same credentials have
asked the same from the same address, and whether every table that the answer was made from, those
that authenticated and authorised it included, still has the stamp it had then. If so the request
is counted against its quotas and answered; nothing else runs. If not, everything runs as if there
were no cache, and the answer is kept where the view says that it may be (``Action.cached``).

An answer is only ever given to the credentials that it was made for, so it cannot show anybody
what another may see.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone

from iac_platform.cache import responses
from iac_platform.cache.counters import CACHED_RESPONSE_SECONDS, RESPONSE_CACHE
from iac_platform.cache.tables import noting_reads
from iac_platform.common.hooks import Hook
from iac_platform.gateway.cacheable_routes import is_cacheable
from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.credentials import credential_of
from iac_platform.gateway.etags import is_known, tag_of_bytes
from iac_platform.gateway.rate_limits import Usage, add_headers
from iac_platform.gateway.request_id import HEADER as REQUEST_ID
from iac_platform.gateway.request_id import request_id_of
from iac_platform.gateway.request_log import log_request, route_of, user_id_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.cache.responses import CachedResponse, Counter, Lookup
    from iac_platform.cache.tables import TableReads

# Until when what a user may see stays the same if nothing is changed; None for ever.
ACCESS_CHANGES_AT: Hook[Callable[[Any], datetime | None]] = Hook("end of a user's rights")

# What may make another answer of the same address, and the names of it in Vary.
_ASKED_BY: Final = (
    "SCRIPT_NAME",
    "QUERY_STRING",
    "HTTP_AUTHORIZATION",
    "HTTP_HOST",
    "HTTP_ACCEPT",
    "HTTP_X_TENANT_ID",
)
_VARIES_BY: Final = frozenset({"accept", "authorization", "cookie", "host", "x-tenant-id"})
# Of one response alone.
_OF_ONE_ANSWER: Final = frozenset({"x-request-id", "ratelimit", "ratelimit-policy", "date"})
_OF_A_BODY: Final = frozenset({"content-type", "content-length", "content-disposition"})
# Nothing is kept for the last moment before rights end: clocks differ a little.
_MARGIN_SECONDS: Final = 1.0


class _Asked(NamedTuple):
    """Whose answers may hold the one to a request, and under which key."""

    tenant: UUID
    key: str


class ResponseCacheMiddleware:
    """Answers hot reads from the cache, and keeps the answers of those that it cannot."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from the cache, or pass the request on and keep the answer."""
        asked = _asked(request)
        if asked is None:
            return self._get_response(request)
        started = time.perf_counter()
        found = responses.look_up(*asked)
        if found.cached is not None:
            RESPONSE_CACHE.labels(outcome="hit").inc()
            return _serve_cached(request, found.cached, started)
        RESPONSE_CACHE.labels(outcome="miss").inc()
        return self._make(request, asked, found)

    def _make(self, request: HttpRequest, asked: _Asked, found: Lookup) -> HttpResponseBase:
        # A 304 could not be kept: the whole answer is made, and compared afterwards.
        request.wants_full_response = True  # type: ignore[attr-defined]  # see gateway.etags
        with noting_reads() as reads:
            response = self._get_response(request)
        request.wants_full_response = False  # type: ignore[attr-defined]  # likewise
        if response.status_code != 200 or response.streaming:  # noqa: PLR2004  # HTTP's
            return response
        assert isinstance(response, HttpResponse)  # noqa: S101  # what does not stream
        if getattr(request, "is_cacheable", False):
            if "ETag" not in response.headers:
                response.headers["ETag"] = tag_of_bytes(response.content)
            _keep(request, asked, response, _made_from(found, reads))
        return _not_modified(response) if is_known(request, response.get("ETag")) else response


def _asked(request: HttpRequest) -> _Asked | None:
    """Whose cache to ask, and for what; None for requests that it has nothing to do with.

    A cookie may stand for a session. Within a transaction that was open before the request, as
    in tests that are rolled back, nobody knows whether what is read will ever be committed.
    """
    meta = request.META
    if request.method != "GET" or "HTTP_AUTHORIZATION" not in meta or meta.get("HTTP_COOKIE"):
        return None
    if not request.path_info.startswith(tuple(settings.API_PREFIXES)) or connection.in_atomic_block:
        return None
    credential = credential_of(request) if is_cacheable(request.path_info) else None
    if credential is None:
        return None
    # As they were sent: what two spellings mean is for the views to say.
    asked = [settings.RELEASE, request.scheme, client_address(request), meta["PATH_INFO"]]
    asked += [meta.get(name) for name in _ASKED_BY]
    return _Asked(
        credential.tenant_id, hashlib.blake2b(orjson.dumps(asked), digest_size=20).hexdigest()
    )


def _serve_cached(request: HttpRequest, cached: CachedResponse, started: float) -> HttpResponse:
    head = orjson.loads(cached.head)
    response = HttpResponse(cached.body, headers=head["headers"])
    if is_known(request, head["headers"].get("ETag")):
        response = _not_modified(response)
    counted = zip(head["quotas"], cached.counts, strict=True)
    usages = [Usage(name, quota, count.value, count.resets_in) for (name, quota), count in counted]
    add_headers(response, usages)
    response.headers[REQUEST_ID] = request_id = request_id_of(request)
    facts = {**head["log"], "request_id": request_id, "client_ip": client_address(request)}
    CACHED_RESPONSE_SECONDS.observe(time.perf_counter() - started)
    log_request(request, response, started, cached=True, **facts)
    return response


def _not_modified(response: HttpResponse) -> HttpResponse:
    """A 304 with the headers of the answer that the client has already (RFC 9110, 15.4.5)."""
    headers = {k: v for k, v in response.headers.items() if k.lower() not in _OF_A_BODY}
    return HttpResponseNotModified(headers=headers)


def _made_from(found: Lookup, reads: TableReads) -> dict[str, dict[str, str]] | None:
    return found.of(reads.stamps) if reads.is_certain else None


def _keep(
    request: HttpRequest,
    asked: _Asked,
    response: HttpResponse,
    made_from: dict[str, dict[str, str]] | None,
) -> None:
    """Keep an answer, if all that it depends on is known and none of it changes right now."""
    counters: list[Counter] | None = getattr(request, "rate_limit_counters", None)
    ttl = _lifetime(request)
    if made_from is None or counters is None or ttl <= 0 or not _is_of_all(response):
        return
    head = {
        "headers": {k: v for k, v in response.headers.items() if k.lower() not in _OF_ONE_ANSWER},
        "quotas": [(usage.name, usage.quota) for usage in request.rate_limit],  # type: ignore[attr-defined]  # set with the counters
        "log": {
            "route": route_of(request),
            "user_id": user_id_of(request),
            "tenant_id": str(asked.tenant),
        },
    }
    responses.store(
        *asked,
        head=orjson.dumps(head),
        body=response.content,
        made_from=made_from,
        counters=counters,
        ttl=ttl,
    )


def _is_of_all(response: HttpResponse) -> bool:
    """Whether the same request is always answered so, in a size that is worth keeping."""
    varies = {name.strip().lower() for name in response.get("Vary", "").split(",") if name}
    is_small = len(response.content) <= responses.MAX_BYTES
    return varies <= _VARIES_BY and not response.cookies and is_small


def _lifetime(request: HttpRequest) -> float:
    """Seconds for which the answer may be given again."""
    ends = ACCESS_CHANGES_AT.get()(request.user)
    if ends is None:
        return responses.LIFETIME
    left = (ends - timezone.now()).total_seconds() - _MARGIN_SECONDS
    return min(left, responses.LIFETIME)
