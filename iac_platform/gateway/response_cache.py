"""Hot reads: answers of the API that are kept as bytes and given again.

Before anything else is asked, one round trip to Redis tells whether the same credentials were let
in from the same address, with what rights, whether somebody with equal rights has asked the same,
and whether every table that all this was made from still has the stamp it had then. If so the
request is counted against the caller's quotas and answered; nothing else runs. If not, everything
runs as if there were no cache, and the answer is kept where the view says that it may be
(``Action.cached``): it then follows from what is asked and from the caller's rights alone.

An answer is only given to whoever has exactly the rights that it was made under, as the access
policy sees them. When the policy was asked about more than what these cover, nothing is kept.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone

from iac_platform.cache import responses
from iac_platform.cache.counters import CACHED_RESPONSE_SECONDS, RESPONSE_CACHE
from iac_platform.cache.responses import Dependencies, Metadata, ResponseKey
from iac_platform.cache.tables import noting_reads
from iac_platform.common.hooks import Hook
from iac_platform.gateway.cacheable_routes import cacheable_permissions, is_cacheable
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

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.cache.responses import CachedResponse, Counter, Lookup
    from iac_platform.cache.tables import TableReads

# The first moment after another at which what a user may see changes by itself; None for never.
ACCESS_CHANGES_AT: Hook[Callable[[Any, datetime], datetime | None]] = Hook("end of a user's rights")

# What decides who asks, beside the address of the client.
_CALLER: Final = ("HTTP_AUTHORIZATION", "HTTP_HOST", "HTTP_X_TENANT_ID")
# What may make another answer for the same rights, and the names of all in Vary.
_ASKED_BY: Final = (
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
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


class ResponseCacheMiddleware:
    """Answers hot reads from the cache, and keeps the answers of those that it cannot."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from the cache, or pass the request on and keep the answer."""
        key = _key_of(request)
        if key is None:
            return self._get_response(request)
        started = time.perf_counter()
        found = responses.look_up(key)
        if found.cached is not None:
            RESPONSE_CACHE.labels(outcome="hit").inc()
            return _serve_cached(request, found.cached, started)
        RESPONSE_CACHE.labels(outcome="miss").inc()
        return self._make(request, key, found)

    def _make(self, request: HttpRequest, key: ResponseKey, found: Lookup) -> HttpResponseBase:
        # A 304 could not be kept: the whole answer is made, and compared afterwards.
        request.wants_full_response = True  # type: ignore[attr-defined]  # see gateway.etags
        began = timezone.now()
        with noting_reads() as reads:
            response = self._get_response(request)
        request.wants_full_response = False  # type: ignore[attr-defined]  # likewise
        if response.status_code != 200 or response.streaming:  # noqa: PLR2004  # HTTP's
            return response
        assert isinstance(response, HttpResponse)  # noqa: S101  # what does not stream
        if getattr(request, "is_cacheable", False):
            if "ETag" not in response.headers:
                response.headers["ETag"] = tag_of_bytes(response.content)
            _keep(request, key, response, _dependencies(found, reads), _lifetime(request, began))
        return _not_modified(response) if is_known(request, response.get("ETag")) else response


def _key_of(request: HttpRequest) -> ResponseKey | None:
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
    shared = [settings.RELEASE, request.scheme]
    return ResponseKey(
        credential.tenant_id,
        caller=_digest([*shared, client_address(request), *map(meta.get, _CALLER)]),
        address=_digest([*shared, *map(meta.get, _ASKED_BY)]),
    )


def _digest(values: list[str | None]) -> str:
    return hashlib.blake2b(orjson.dumps(values), digest_size=20).hexdigest()


def _serve_cached(request: HttpRequest, cached: CachedResponse, started: float) -> HttpResponse:
    caller, answer = map(orjson.loads, cached.metadata)
    response = HttpResponse(cached.body, headers=answer["headers"])
    if is_known(request, answer["headers"].get("ETag")):
        response = _not_modified(response)
    counted = zip(caller["quotas"], cached.counts, strict=True)
    usages = [Usage(name, quota, count.value, count.resets_in) for (name, quota), count in counted]
    add_headers(response, usages)
    response.headers[REQUEST_ID] = request_id = request_id_of(request)
    facts = {**caller["log"], "request_id": request_id, "client_ip": client_address(request)}
    CACHED_RESPONSE_SECONDS.observe(time.perf_counter() - started)
    log_request(request, response, started, cached=True, route=answer["route"], **facts)
    return response


def _not_modified(response: HttpResponse) -> HttpResponse:
    """A 304 with the headers of the answer that the client has already (RFC 9110, 15.4.5)."""
    headers = {k: v for k, v in response.headers.items() if k.lower() not in _OF_A_BODY}
    return HttpResponseNotModified(headers=headers)


def _dependencies(found: Lookup, reads: TableReads) -> tuple[str, Dependencies] | None:
    """The caller's rights, and what they and the answer come from; None where that is not all."""
    known = {permission.name for permission in cacheable_permissions()}
    if reads.caller is None or not reads.is_certain or not reads.permissions <= known:
        return None
    caller, answer = found.of(reads.caller.stamps), found.of(reads.stamps)
    if caller is None or answer is None:
        return None
    return reads.caller.rights, Dependencies(caller, answer)


def _keep(
    request: HttpRequest,
    key: ResponseKey,
    response: HttpResponse,
    depends_on: tuple[str, Dependencies] | None,
    ttl: float,
) -> None:
    """Keep an answer, if all that it depends on is known and none of it changes right now."""
    counters: list[Counter] | None = getattr(request, "rate_limit_counters", None)
    if depends_on is None or counters is None or ttl <= 0 or not _is_of_all(response):
        return
    rights, dependencies = depends_on
    responses.store(
        key,
        rights=rights,
        metadata=Metadata(
            _metadata_of_caller(request, key), _metadata_of_answer(request, response)
        ),
        body=response.content,
        dependencies=dependencies,
        counters=counters,
        ttl=ttl,
    )


def _metadata_of_caller(request: HttpRequest, key: ResponseKey) -> bytes:
    usages: list[Usage] = request.rate_limit  # type: ignore[attr-defined]  # set with the counters
    log = {"user_id": user_id_of(request), "tenant_id": str(key.tenant)}
    return orjson.dumps({"quotas": [(each.name, each.quota) for each in usages], "log": log})


def _metadata_of_answer(request: HttpRequest, response: HttpResponse) -> bytes:
    headers = {k: v for k, v in response.headers.items() if k.lower() not in _OF_ONE_ANSWER}
    return orjson.dumps({"headers": headers, "route": route_of(request)})


def _is_of_all(response: HttpResponse) -> bool:
    """Whether the same request is always answered so, in a size that is worth keeping."""
    varies = {name.strip().lower() for name in response.get("Vary", "").split(",") if name}
    is_small = len(response.content) <= responses.MAX_BYTES
    return varies <= _VARIES_BY and not response.cookies and is_small


def _lifetime(request: HttpRequest, began: datetime) -> float:
    """Seconds for which the answer may be given again; none if rights changed while it was made."""
    ends = ACCESS_CHANGES_AT.get()(request.user, began)
    if ends is None:
        return responses.LIFETIME
    left = (ends - timezone.now()).total_seconds() - _MARGIN_SECONDS
    return min(left, responses.LIFETIME)
