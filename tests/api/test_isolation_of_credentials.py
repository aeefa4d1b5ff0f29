"""Tokens, sessions, keys and headers of one tenant open nothing of another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from rbac.models import User
from tenants.context import tenant_scope
from tests.api.attacks import Attack, Side
from tests.api.people import People
from tests.api.requests import look, send
from tests.api.resources import SAMPLES, operations, path_of
from tests.api_client import host_of
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from tenants.models import Tenant

READS = [operation for operation in operations() if operation.startswith("GET ")]
CREATIONS = [
    operation
    for operation in operations()
    if operation.startswith("POST ")
    and not (SAMPLES[operation].operator or SAMPLES[operation].public)
]


def test_a_token_is_refused_at_anothers_host(attack: Attack, subtests: pytest.Subtests) -> None:
    strayed = attack.attacker.admin.at(host_of(attack.victim.tenant))
    for operation in operations():
        with subtests.test(operation):
            response = send(strayed, operation, SAMPLES[operation], attack.victim.fixture)
            assert (response.status_code, response.json()["code"]) == (403, "tenant-mismatch")


@pytest.mark.parametrize("bare", [True, False], ids=["bare-host", "own-host"])
def test_a_header_cannot_choose_the_tenant(attack: Attack, bare: bool) -> None:
    admin = attack.attacker.admin
    client = admin.at(settings.BASE_DOMAIN) if bare else admin

    def claim(named: object) -> Any:
        return client.get("/api/v1/me/", headers={"X-Tenant-ID": str(named)})

    for victim, attacker in (
        (attack.victim.tenant.id, attack.attacker.tenant.id),
        (attack.victim.tenant.slug, attack.attacker.tenant.slug),
    ):
        assert claim(victim).status_code == 403
        assert look(claim(victim)) == look(claim(uuid4())) == look(claim("no-such-tenant"))
        assert claim(attacker).status_code == 200


@an_attacker_in_each_tier
def test_at_the_bare_host_the_token_alone_decides(
    attack: Attack, subtests: pytest.Subtests
) -> None:
    home = attack.attacker.admin
    for operation in READS:
        with subtests.test(operation):
            at_home, at_bare_host = (
                look(send(client, operation, SAMPLES[operation], attack.attacker.fixture))
                for client in (home, home.at(settings.BASE_DOMAIN))
            )
            assert at_home == at_bare_host


def test_an_idempotency_key_replays_nothing_of_anothers(
    attack: Attack, subtests: pytest.Subtests
) -> None:
    for operation in CREATIONS:
        key, sample = {"Idempotency-Key": str(uuid4())}, SAMPLES[operation]
        with subtests.test(operation), transaction.atomic():
            theirs, again = (
                send(attack.victim.admin, operation, sample, attack.victim.fixture, headers=key)
                for _ in range(2)
            )
            own = send(
                attack.attacker.admin, operation, sample, attack.attacker.fixture, headers=key
            )
            transaction.set_rollback(True)
            assert "Idempotent-Replayed" not in own.headers
            assert own.status_code == theirs.status_code == sample.status
            assert own.content != theirs.content
            if again.headers.get("Idempotent-Replayed") == "true":
                assert again.content == theirs.content
            else:
                assert again.json()["code"] == "already-done"


def _signed_in(side: Side) -> Client:
    client = Client(HTTP_HOST=host_of(side.tenant))
    with tenant_scope(side.tenant):
        client.force_login(User.objects.get(username="the-admin"))
    return client


def test_a_session_is_worth_nothing_at_anothers_host(attack: Attack) -> None:
    with transaction.atomic():
        client = _signed_in(attack.attacker)
        at_home = client.get("/admin/")
        strayed = client.get("/admin/", HTTP_HOST=host_of(attack.victim.tenant))
        transaction.set_rollback(True)
    assert at_home.status_code == 200
    assert strayed.status_code == 302
    assert "/login/" in strayed.headers["Location"]


def test_a_session_is_no_credential_of_the_api(acme: Tenant, subtests: pytest.Subtests) -> None:
    side = Side.of(acme, People(acme))
    token = {"Authorization": f"Bearer {side.admin.token}"}
    client = _signed_in(side)
    for operation in READS:
        if SAMPLES[operation].operator:
            continue
        path = path_of(operation, SAMPLES[operation], side.fixture)
        with subtests.test(operation):
            assert client.get(path).status_code == 401
            assert client.get(path, headers=token).status_code == 200


def test_a_forged_or_mangled_token_never_reaches_the_database(
    attack: Attack, django_assert_num_queries: Any
) -> None:
    token = attack.attacker.admin.token
    client = attack.attacker.admin
    for mangled in (token[:-1] + ("a" if token[-1] != "a" else "b"), token[:-1], token + "x", "x"):
        # One query finds the tenant of the host; the token itself is judged by its checksum.
        with django_assert_num_queries(1):
            response = client.get("/api/v1/me/", headers={"Authorization": f"Bearer {mangled}"})
        assert response.status_code == 401
        assert json.loads(response.content)["code"] == "not-authenticated"
    assert client.get("/api/v1/me/").status_code == 200
