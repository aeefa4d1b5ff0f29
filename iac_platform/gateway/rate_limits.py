"""Requests per plan, counted in the cache and told to the client.

The headers are those of the IETF's ``draft-ietf-httpapi-ratelimit-headers``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from iac_platform.cache import CacheUnavailable, Ledger, ledger, shared_ledger
from iac_platform.cache.keys import current_tenant
from iac_platform.cache.responses import Counter
from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from iac_platform.common.errors import DomainError
    from iac_platform.gateway.defaults import Quota

ANONYMOUS = "anonymous"
DEFAULT_PLAN = "default"
ALL = "all"
_NAMESPACE = "rate-limits"


class Usage(NamedTuple):
    """How much of one quota is used."""

    name: str
    quota: Quota
    used: int
    resets_in: float

    @property
    def remaining(self) -> int | None:
        """Requests left until the quota starts anew; None without a limit."""
        limit = self.quota["requests"]
        return None if limit is None else max(0, limit - self.used)

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        limit = self.quota["requests"]
        return limit is not None and self.used > limit


class RateLimit(NamedTuple):
    """What the tenant of a request may do.

    Attributes:
        plan: its name in ``settings.RATE_LIMITS``.
        quotas: further quotas of the tenant as a whole, by name.
        refusal: the error to answer with when one of these is exceeded.
    """

    plan: str
    quotas: Mapping[str, Quota] = {}
    refusal: Callable[[Usage], DomainError] | None = None


RATE_LIMIT_OF: Hook[Callable[[HttpRequest], RateLimit]] = Hook("rate limit of a request's tenant")


class PlanThrottle(BaseThrottle):
    """Limits a principal, and its tenant as a whole, to what the tenant's plan grants.

    ``settings.RATE_LIMITS`` maps a plan to its quotas: ``principal`` and ``tenant``, or
    ``address`` for ``anonymous``, the plan of those who are not authenticated.
    ``RATE_LIMIT_OF`` knows the tenant's allowance. Windows start
    with their first request. Without its cache the API answers unlimited: a limit is a
    courtesy to the others, and not worth an outage.
    """

    _exhausted: Usage | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; whether it is within every quota.

        Raises:
            DomainError: the allowance has words of its own for the quota that is exceeded.
        """
        del view
        rate_limit = _rate_limit(request)
        counters = _counters(request, self, rate_limit)
        try:
            usages = _count(counters)
        except CacheUnavailable:
            return True
        inner: Any = request._request  # noqa: SLF001  # DRF has no public name for it
        inner.rate_limit = usages  # for the middleware below
        inner.rate_limit_counters = _as_counters(counters)  # for responses that are cached
        exceeded = [usage for usage in usages if usage.exceeded]
        self._exhausted = max(exceeded, key=lambda usage: usage.resets_in, default=None)
        if self._exhausted is None:
            return True
        if rate_limit.refusal is not None and self._exhausted.name in rate_limit.quotas:
            raise rate_limit.refusal(self._exhausted)
        return False

    def wait(self) -> float | None:
        """Seconds until every exceeded quota starts anew."""
        return None if self._exhausted is None else self._exhausted.resets_in


class RateLimitHeadersMiddleware:
    """Tells the client its quotas and what is left of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and add the headers to its answer."""
        response = self._get_response(request)
        counted: list[Usage] = getattr(request, "rate_limit", [])
        add_headers(response, counted)
        return response


def add_headers(response: HttpResponseBase, counted: list[Usage]) -> None:
    """Tell in an answer what quotas there are, and what is left of them."""
    usages = [usage for usage in counted if usage.remaining is not None]
    if usages:
        response.headers["RateLimit-Policy"] = ", ".join(map(_policy, usages))
        response.headers["RateLimit"] = ", ".join(map(_state, usages))


def _rate_limit(request: Request) -> RateLimit:
    if not request.user.is_authenticated:
        return RateLimit(ANONYMOUS)
    return RATE_LIMIT_OF.get()(request._request)  # noqa: SLF001  # DRF has no public name for it


def _counters(
    request: Request, throttle: BaseThrottle, rate_limit: RateLimit
) -> dict[tuple[str, str], Quota]:
    """Each quota that applies, by its name and by whom it counts."""
    limits: dict[str, dict[str, Quota]] = settings.RATE_LIMITS
    quotas = limits.get(rate_limit.plan, limits[DEFAULT_PLAN])
    if not request.user.is_authenticated:
        address = throttle.get_ident(request)
        return {(name, address): quota for name, quota in quotas.items()}
    whom = {"principal": str(request.user.pk), "tenant": ALL}
    return {
        **{(name, whom[name]): quota for name, quota in quotas.items()},
        **{(name, ALL): quota for name, quota in rate_limit.quotas.items()},
    }


def _count(counters: dict[tuple[str, str], Quota]) -> list[Usage]:
    counts = _ledger().count(
        _NAMESPACE,
        [
            (_key(name, whom, quota), 1, quota["seconds"])
            for (name, whom), quota in counters.items()
        ],
    )
    return [
        Usage(name, quota, count.value, count.resets_in)
        for ((name, _), quota), count in zip(counters.items(), counts, strict=True)
    ]


def _as_counters(counters: dict[tuple[str, str], Quota]) -> list[Counter]:
    """The same counters, for whoever counts a request that does not come here."""
    return [
        Counter(
            _ledger().key(_NAMESPACE, _key(name, whom, quota)), quota["requests"], quota["seconds"]
        )
        for (name, whom), quota in counters.items()
    ]


def _key(name: str, whom: str, quota: Quota) -> str:
    # The window is part of the key: a changed plan starts with fresh counters.
    return f"{name}:{whom}:{quota['seconds']}"


def tenant_usage(name: str, quota: Quota) -> Usage:
    """What the current tenant as a whole has used of a quota; looking counts nothing.

    Raises:
        CacheUnavailable: the cache does not answer, so nobody knows.
    """
    (count,) = ledger.peek(_NAMESPACE, [_key(name, ALL, quota)])
    return Usage(name, quota, count.value, count.resets_in)


def _ledger() -> Ledger:
    return shared_ledger if current_tenant() is None else ledger


def _policy(usage: Usage) -> str:
    return f'"{usage.name}";q={usage.quota["requests"]};w={usage.quota["seconds"]}'


def _state(usage: Usage) -> str:
    return f'"{usage.name}";r={usage.remaining};t={round(usage.resets_in)}'
