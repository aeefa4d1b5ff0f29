"""The audit log over the API: complete, newest first, and read-only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.conftest import Api, Person

AUDIT = "/api/v1/audit/"


def test_what_was_done_is_told_with_its_author_and_request(
    tenant: Tenant, api: Api, person: Person
) -> None:
    admin, user = api(tenant), person(tenant, "viewer")
    done = admin.post(f"/api/v1/users/{user.pk}/roles/", {"role": "consultant"})
    newest = admin.get(AUDIT).json()["results"][0]
    assert newest["action"] == "role.grant"
    assert newest["changes"] == {"role": "consultant"}
    assert (newest["actor_name"], newest["subject_id"]) == ("admin-of-the-test", str(user.pk))
    assert newest["request_id"] == done["X-Request-ID"]
    assert newest["ip_address"] == "127.0.0.1"


def test_secrets_are_not_told(tenant: Tenant, api: Api) -> None:
    admin, password = api(tenant), "tangerine-orbit-42"
    admin.post("/api/v1/users/", {"username": "newcomer", "password": password})
    assert password not in admin.get(AUDIT).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=token.create", True),
        ("action=token", False),
        ("subject_type=rbac.apitoken", True),
        ("subject_type=rbac.user&action=token.create", False),
        ("since={past}", True),
        ("until={past}", False),
        ("since={past}&until={future}", True),
    ],
)
def test_the_log_can_be_narrowed(tenant: Tenant, api: Api, query: str, found: bool) -> None:
    admin = api(tenant)
    times = {
        name: (timezone.now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, hours in (("past", -1), ("future", 1))
    }
    results = admin.get(f"{AUDIT}?{query.format(**times)}").json()["results"]
    assert bool(results) is found


@pytest.mark.parametrize(
    "instant", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+10:00"]
)
def test_a_time_that_is_none_is_refused(tenant: Tenant, api: Api, instant: str) -> None:
    refused = api(tenant).get(AUDIT, {"since": instant})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == "since"


def test_an_offset_that_postgresql_does_not_know_is_a_time_all_the_same(
    tenant: Tenant, api: Api
) -> None:
    assert api(tenant).get(AUDIT, {"since": "2020-01-01T00:00:00+17:38"}).json()["results"]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.0.0.1, 203.0.113.7", "203.0.113.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "unknown", None),
    ],
)
def test_an_address_is_told_as_far_as_it_can_be_trusted(
    acme: Tenant,
    api: Api,
    settings: Settings,
    proxies: int,
    forwarded: str,
    expected: str | None,
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    admin = api(acme)
    named = {"X-Forwarded-For": forwarded}
    assert admin.post("/api/v1/tokens/", {"name": "robot"}, headers=named).status_code == 201
    assert admin.get(AUDIT).json()["results"][0]["ip_address"] == expected
