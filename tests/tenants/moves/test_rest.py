"""The operator's endpoint that moves tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenants.context import tenant_scope
from tenants.models import Operation, Tenant

if TYPE_CHECKING:
    from tests.conftest import Api


def address(tenant: Tenant) -> str:
    return f"/api/v1/tenants/{tenant.pk}/move/"


def test_a_move_is_queued_and_can_be_followed(operator: Tenant, acme: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    asked = client.post(address(acme), {"tier": "enterprise"})
    assert asked.status_code == 202
    shown = asked.json()
    assert (shown["kind"], shown["status"], shown["subject"]) == ("move", "queued", "acme")
    assert client.get(asked["Location"]).json() == shown
    again = client.post(address(acme), {"tier": "enterprise"})
    assert (again.status_code, again.json()["code"]) == (409, "operation-in-progress")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 409, "cannot-move"),
        ({"tier": "standard"}, 409, "cannot-move"),
        ({"tier": "gold"}, 400, "validation-failed"),
        ({"pool": "pool_404"}, 400, "no-such-pool"),
        ({"pool": "x" * 49}, 400, "validation-failed"),
        ({"pool": "pool_001", "tier": "enterprise"}, 409, "cannot-move"),
        ({"placement": "pool_001"}, 400, "validation-failed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    operator: Tenant, acme: Tenant, api: Api, body: dict[str, str], status: int, code: str
) -> None:
    refused = api(operator, "operator").post(address(acme), body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    with tenant_scope(operator):
        assert not Operation.objects.filter(tenant_id=acme.pk).exists()
        assert Tenant.objects.get(pk=acme.pk).moving_to is None


def test_the_operator_does_not_move(operator: Tenant, api: Api) -> None:
    refused = api(operator, "operator").post(address(operator), {"tier": "standard"})
    assert (refused.status_code, refused.json()["code"]) == (409, "platform-is-fixed")
