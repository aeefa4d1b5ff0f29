"""Whoever may not use a form of the admin is refused, and has changed nothing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.system_roles import BY_KEY
from tenants.models import Tier
from tests.admin_client import AdminClient
from tests.api.rights import NOBODY
from tests.rbac.admin.acts import ACTS, Act, addresses
from tests.sampling import FULL, sampled
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
AT_ENTERPRISE = {
    address.name
    for address in sampled(
        "forms of the admin at an enterprise tenant: one a model and whether it acts"
        " (all at a standard one)",
        addresses(),
        by=lambda address: (address.model, address.name in ACTS),
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
    standard = home.tier == Tier.STANDARD
    untouched = snapshot(home)
    for address in addresses():
        if not (standard or address.name in AT_ENTERPRISE):
            continue
        everybody = FULL or (standard and address.name in BY_EVERY_ROLE)
        roles = refused if everybody else (STRONGEST, NOBODY)
        act = ACTS.get(address.name, Act())
        with subtests.test(address.name), admin_clients.undone(address):
            data, _ = admin_clients.filled(address)
            before = snapshot(home) if act.prepares else untouched
            for client in (*(refused[role] for role in roles), AdminClient(home)):
                response = client.post(admin_clients.path(address), data)
                # 403 where the tenant itself is closed for a while.
                signs_in = "/admin/login/" in response.headers.get("Location", "")
                assert signs_in or response.status_code == 403
            if act.operator:
                response = admin_clients.own.post(admin_clients.path(address), data)
                # 404 where they may not even see the object.
                assert response.status_code in (403, 404)
            assert not changed(before, snapshot(home))
            if address.name in ACTS:
                # Who is entitled to it changes something with the same form.
                admin_clients.client(address).post(admin_clients.path(address), data)
                assert changed(before, snapshot(home))
