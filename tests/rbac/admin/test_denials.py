"""Whoever may not use a form of the admin is refused, and has changed nothing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.system_roles import BY_KEY
from tests.admin_client import AdminClient
from tests.api.rights import NOBODY
from tests.rbac.admin.acts import ACTS, Act, Address, addresses
from tests.sampling import sampled
from tests.snapshots import changed, snapshot
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    import pytest

    from tests.rbac.admin.admin_clients import AdminClients

OUTSIDE = [key for key in BY_KEY if key not in {"admin", "operator"}]
"""The roles that may not even sign in to the admin."""
STRONGEST = "enterprise-architect"
BY_EVERY_ROLE = {
    address.name
    for address in sampled(
        "forms of the admin with every role that may not sign in: one a model"
        " (the others with the strongest role, with none and without a session)",
        addresses(),
        by=lambda address: address.model,
    )
}


@an_attacker_in_each_tier
def test_nobody_else_can_send_a_form_that_acts(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    home = admin_clients.fixture.tenant
    refused = {
        role: AdminClient(home, admin_clients.people.user(role)) for role in (*OUTSIDE, NOBODY)
    }
    for address in addresses():
        roles = refused if address.name in BY_EVERY_ROLE else (STRONGEST, NOBODY)
        act = ACTS.get(address.name, Act())
        with subtests.test(address.name), admin_clients.undone(address):
            data, _ = admin_clients.filled(address)
            before = snapshot(home)
            for client in (*(refused[role] for role in roles), AdminClient(home)):
                response = client.post(admin_clients.path(address), data)
                # 403 where the tenant itself is closed for a while.
                signs_in = "/admin/login/" in response.headers.get("Location", "")
                assert signs_in or response.status_code == 403
            if act.operator:
                response = admin_clients.own.post(admin_clients.path(address), data)
                assert response.status_code in (403, 404)
            assert not changed(before, snapshot(home))
            if address.name in ACTS:
                _require_twin(admin_clients, address)


def _require_twin(admin_clients: AdminClients, address: Address) -> None:
    """Who is entitled to it changes something with the same form."""
    data, _ = admin_clients.filled(address)
    before = snapshot(admin_clients.fixture.tenant)
    admin_clients.client(address).post(admin_clients.path(address), data)
    assert changed(before, snapshot(admin_clients.fixture.tenant))
