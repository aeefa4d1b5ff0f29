from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from iac_platform.cache.configuration import caches
from tests.iac_platform.cache.conftest import acting_for
from tests.iac_platform.gateway.conftest import RATE_LIMITS

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.iac_platform.gateway.test_viewsets import Api

pytestmark = pytest.mark.usefixtures("notes")

NOTES = "/api/v1/notes/"


def _state(response: Any) -> dict[str, tuple[int, int]]:
    """The RateLimit header as ``{policy: (remaining, seconds)}``."""
    found = re.findall(r'"(\w+)";r=(\d+);t=(\d+)(?:, )?', response["RateLimit"])
    return {name: (int(left), int(seconds)) for name, left, seconds in found}


def test_each_answer_tells_the_quotas_and_what_is_left(api: Api) -> None:
    first, second = api("few").get(NOTES), api("few").get(NOTES)
    assert first["RateLimit-Policy"] == '"principal";q=3;w=60, "tenant";q=100;w=3600'
    assert [_state(answer)["principal"][0] for answer in (first, second)] == [2, 1]
    assert [_state(answer)["tenant"][0] for answer in (first, second)] == [99, 98]
    assert 0 < _state(second)["principal"][1] <= 60


def test_one_request_too_many_is_refused_until_the_quota_starts_anew(api: Api) -> None:
    answers = [api("few").get(NOTES) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "rate-limited"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert _state(refused)["principal"][0] == 0
    assert api("ann").get(NOTES).status_code == 200


@pytest.mark.parametrize("shorter", ["principal", "tenant"])
def test_where_several_quotas_are_used_up_the_last_to_start_anew_says_when(
    api: Api, settings: Settings, shorter: str
) -> None:
    seconds = {"principal": 3600, "tenant": 3600, shorter: 60}
    quotas = {name: {"requests": 1, "seconds": length} for name, length in seconds.items()}
    settings.RATE_LIMITS = RATE_LIMITS | {"default": quotas}
    first, second = api("ann").get(NOTES), api("ann").get(NOTES)
    assert (first.status_code, second.status_code) == (200, 429)
    assert {name: left for name, (left, _) in _state(second).items()} == dict.fromkeys(quotas, 0)
    assert 60 < int(second["Retry-After"]) <= 3600


def test_tenants_do_not_use_up_each_others_quotas(api: Api) -> None:
    for _ in range(2):
        with acting_for(uuid4()):
            answers = [api("few").get(NOTES).status_code for _ in range(4)]
            assert answers == [200, 200, 200, 429]


def test_a_tenants_quota_is_shared_by_its_people(api: Api, settings: Settings) -> None:
    tenant = {"requests": 2, "seconds": 60}
    settings.RATE_LIMITS = RATE_LIMITS | {"default": {"tenant": tenant}}
    answers = [api(who).get(NOTES).status_code for who in ("ann", "bob", "eve")]
    assert answers == [200, 200, 429]


@pytest.mark.parametrize("who", [None, "mallory"])
def test_those_who_fail_to_authenticate_are_limited_by_address(api: Api, who: str | None) -> None:
    answers = [
        api(who).get(NOTES, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code
        for number in range(4)
    ]
    assert answers == [401, 401, 401, 429]
    assert api(who).get(NOTES, REMOTE_ADDR="203.0.113.9").status_code == 401
    assert api("ann").get(NOTES).status_code == 200


def test_whoever_is_refused_is_counted_too(api: Api) -> None:
    answers = [api("few").post(f"{NOTES}{uuid4()}/seal/").status_code for _ in range(4)]
    assert answers == [404, 404, 404, 429]


def test_a_plan_nobody_knows_has_the_default_quotas(api: Api, settings: Settings) -> None:
    limits = {name: quotas for name, quotas in RATE_LIMITS.items() if name != "few"}
    settings.RATE_LIMITS = limits
    assert '"principal";q=6000;w=60' in api("few").get(NOTES)["RateLimit-Policy"]


def test_without_the_cache_the_api_still_answers(api: Api, settings: Settings) -> None:
    settings.CACHES = caches("redis://127.0.0.1:1/0")
    answers = [api("few").get(NOTES) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]
