"""API calls per day: counted for the tenant as a whole, by the gateway, in Redis."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches as django_caches
from django.utils.dateparse import parse_datetime

from iac_platform.cache.configuration import caches
from tests.tenants.quotas.conftest import limited, usage

if TYPE_CHECKING:
    from django_redis.cache import RedisCache
    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.conftest import Api

ME = "/api/v1/me/"
CALLS = "api_calls_per_day"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache: RedisCache = django_caches["default"]
    cache.client.get_client().flushdb()


def left(response: Any) -> int:
    """What the RateLimit header says is left of the day's calls."""
    found = re.search(rf'"{CALLS}";r=(\d+);t=\d+', response["RateLimit"])
    assert found is not None
    return int(found[1])


def test_the_day_of_a_tenant_is_shared_by_all_its_people(tenant: Tenant, api: Api) -> None:
    limited(tenant, api_calls_per_day=3)
    admin, viewer = api(tenant, "admin"), api(tenant, "viewer")
    answers = [client.get(ME) for client in (admin, viewer, admin, viewer)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [left(answer) for answer in answers] == [2, 1, 0, 0]
    assert f'"{CALLS}";q=3;w=86400' in answers[0]["RateLimit-Policy"]


def test_the_refusal_names_the_quota_and_says_when_and_how(tenant: Tenant, api: Api) -> None:
    limited(tenant, api_calls_per_day=1)
    client = api(tenant)
    client.get(ME)
    refused = client.get(ME)
    problem = refused.json()
    assert (refused.status_code, problem["status"], problem["code"]) == (429, 429, "quota-exceeded")
    assert refused["Content-Type"] == "application/problem+json"
    assert (problem["quota"], problem["limit"], problem["used"]) == (CALLS, 1, 2)
    assert 0 < int(refused["Retry-After"]) <= 86_400
    assert "retry_after" not in problem
    resets_at = parse_datetime(problem["resets_at"])
    assert resets_at is not None
    now = datetime.now(UTC)
    assert now < resets_at <= now + timedelta(days=1)
    for words in ("all 1 calls are used", "start anew", "operator"):
        assert words in problem["detail"]


def test_a_tenants_day_is_not_anothers(acme: Tenant, globex: Tenant, api: Api) -> None:
    for tenant in (acme, globex):
        limited(tenant, api_calls_per_day=1)
    first, second = api(acme), api(globex)
    assert [first.get(ME).status_code for _ in range(3)] == [200, 429, 429]
    assert [second.get(ME).status_code for _ in range(2)] == [200, 429]


def test_who_is_not_authenticated_uses_up_nobodys_day(tenant: Tenant, api: Api) -> None:
    limited(tenant, api_calls_per_day=1)
    client = api(tenant)
    stranger = client.at(client.host)
    stranger.defaults.pop("HTTP_AUTHORIZATION")
    assert [stranger.get(ME).status_code for _ in range(3)] == [401, 401, 401]
    assert client.get(ME).status_code == 200


def test_a_raised_limit_lets_in_at_once_and_keeps_the_count(tenant: Tenant, api: Api) -> None:
    limited(tenant, api_calls_per_day=1)
    client = api(tenant)
    assert [client.get(ME).status_code for _ in range(2)] == [200, 429]
    limited(tenant, api_calls_per_day=4)
    answers = [client.get(ME) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_without_a_limit_calls_are_counted_and_not_refused(tenant: Tenant, api: Api) -> None:
    limited(tenant, api_calls_per_day=None)
    client = api(tenant)
    for _ in range(2):
        answer = client.get(ME)
        assert answer.status_code == 200
        assert CALLS not in answer["RateLimit"]
    shown = usage(client)[CALLS]
    assert (shown["limit"], shown["used"], shown["remaining"]) == (None, 3, None)


def test_the_pace_of_the_plan_still_holds(tenant: Tenant, api: Api, settings: Settings) -> None:
    pace = {"principal": {"requests": 1, "seconds": 60}}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "default": pace}
    client = api(tenant)
    assert client.get(ME).status_code == 200
    refused = client.get(ME)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")


def test_where_the_pace_is_exceeded_too_the_day_says_when(
    tenant: Tenant, api: Api, settings: Settings
) -> None:
    limited(tenant, api_calls_per_day=1)
    pace = {"principal": {"requests": 1, "seconds": 60}}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "default": pace}
    client = api(tenant)
    refused = [client.get(ME) for _ in range(2)][1]
    assert (refused.status_code, refused.json()["code"]) == (429, "quota-exceeded")
    assert 60 < int(refused["Retry-After"]) <= 86_400


def test_without_redis_the_api_serves_on_and_says_that_it_does_not_know(
    tenant: Tenant, api: Api, settings: Settings
) -> None:
    limited(tenant, api_calls_per_day=1)
    client = api(tenant)
    settings.CACHES = caches("redis://127.0.0.1:1/0")
    assert [client.get(ME).status_code for _ in range(3)] == [200, 200, 200]
    shown = usage(client)[CALLS]
    assert (shown["limit"], shown["used"], shown["resets_at"]) == (1, None, None)


def test_looking_at_anothers_usage_counts_nothing_of_it(
    acme: Tenant, operator: Tenant, api: Api
) -> None:
    operators = api(operator, "operator")
    path = f"/api/v1/tenants/{acme.pk}/usage/"
    for _ in range(2):
        shown = usage(operators, path)[CALLS]
        assert (shown["used"], shown["resets_at"]) == (0, None)
    api(acme).get(ME)
    shown = usage(operators, path)[CALLS]
    assert shown["used"] == 1
    assert shown["resets_at"] is not None
