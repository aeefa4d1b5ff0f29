"""Passkeys: only the right key, at the right host, in answer to this browser's challenge, once."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from sso.second_factors.models import SecondFactor
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import host_of
from tests.sso.second_factors.authenticator import SoftwarePasskey
from tests.sso.second_factors.conftest import STEP, at_second_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from rbac.models import User
    from tenants.models import Tenant

ADD = "/account/second-factors/passkey/"


def options_of(page: Any) -> dict[str, Any]:
    """What a page tells the browser about the passkey that it wants."""
    found = re.search(r'data-options="([^"]*)"', page.content.decode())
    assert found is not None, page.content
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def passkey_at(tenant: Tenant) -> SoftwarePasskey:
    host = host_of(tenant)
    return SoftwarePasskey(f"http://{host}", host.partition(":")[0])


@pytest.fixture
def passkey(tenant: Tenant, ada: User) -> SoftwarePasskey:
    """A passkey of ada's."""
    made, client = passkey_at(tenant), AdminClient(tenant, ada)
    answer = client.post(
        ADD, {"name": "laptop", "passkey": made.create(options_of(client.get(ADD)))}
    )
    assert answer.status_code == 302, answer.content
    return made


def test_a_passkey_signs_its_owner_in(tenant: Tenant, ada: User, passkey: SoftwarePasskey) -> None:
    for _ in range(2):
        client = at_second_step(tenant, ada)
        answer = client.post(STEP, {"passkey": passkey.get(options_of(client.get(STEP)))})
        assert answer.status_code == 302
        assert client.get("/account/").status_code == 200
    with tenant_scope(tenant):
        assert SecondFactor.objects.get(user=ada).counter == 2


def test_no_other_passkey_and_no_other_answer_does(
    tenant: Tenant, ada: User, passkey: SoftwarePasskey
) -> None:
    client = at_second_step(tenant, ada)
    signed = passkey.get(options_of(client.get(STEP)))
    another = passkey_at(tenant)
    phished = passkey.copied(origin="https://acme.evil.example")
    elsewhere = passkey.copied(host="evil.example")
    stranger = at_second_step(tenant, ada)
    answers: dict[str, Callable[[Any], str]] = {
        "another challenge": lambda page: (options_of(page), signed)[1],
        "another key": lambda page: another.get(options_of(page)),
        "another origin": lambda page: phished.get(options_of(page)),
        "another host": lambda page: elsewhere.get(options_of(page)),
        "no answer": lambda _: "{}",
        "no JSON": lambda _: "x" * 12_000,
        "nested": lambda _: "[" * 11_000,
    }
    for name, answer in answers.items():
        refused = stranger.post(STEP, {"passkey": answer(stranger.get(STEP))})
        assert refused.status_code == 200, name
        assert stranger.get("/account/").status_code == 302, name
    right = stranger.post(STEP, {"passkey": passkey.get(options_of(stranger.get(STEP)))})
    assert right.status_code == 302


def test_a_challenge_is_answered_once(tenant: Tenant, ada: User, passkey: SoftwarePasskey) -> None:
    client = at_second_step(tenant, ada)
    options = options_of(client.get(STEP))
    assert client.post(STEP, {"passkey": "{}"}).status_code == 200
    assert client.post(STEP, {"passkey": passkey.get(options)}).status_code == 200
    assert client.get("/account/").status_code == 302


def test_a_copy_of_a_passkey_is_noticed(
    tenant: Tenant, ada: User, passkey: SoftwarePasskey
) -> None:
    client = at_second_step(tenant, ada)
    passkey.counter = 7
    assert (
        client.post(STEP, {"passkey": passkey.get(options_of(client.get(STEP)))}).status_code == 302
    )
    passkey.counter = 2
    client = at_second_step(tenant, ada)
    assert (
        client.post(STEP, {"passkey": passkey.get(options_of(client.get(STEP)))}).status_code == 200
    )


def test_somebody_elses_passkey_is_not_taken(
    tenant: Tenant, ada: User, person: Any, passkey: SoftwarePasskey
) -> None:
    other = person(tenant, "viewer", "vic")
    client = AdminClient(tenant, other)
    # A passkey is one user's: registering it again for another is refused.
    answer = client.post(ADD, {"name": "x", "passkey": passkey.create(options_of(client.get(ADD)))})
    assert "registered already" in answer.content.decode()
    vic = passkey_at(tenant)
    made = client.post(ADD, {"name": "vic", "passkey": vic.create(options_of(client.get(ADD)))})
    assert made.status_code == 302
    thief = at_second_step(tenant, ada)
    assert thief.post(STEP, {"passkey": vic.get(options_of(thief.get(STEP)))}).status_code == 200
