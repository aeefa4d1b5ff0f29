"""Whoever may not use a form of the admin is refused, and has changed nothing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.system_roles import BY_KEY
from tests.admin_client import AdminClient
from tests.api.matrix import NOBODY
from tests.rbac.admin.acts import ACTS, Act, Address, addresses
from tests.snapshots import changed, snapshot
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    import pytest

    from tests.rbac.admin.desk import Desk

OUTSIDE = [key for key in BY_KEY if key not in {"admin", "operator"}]
"""The roles that may not even sign in to the admin."""


@an_attacker_in_each_tier
def test_nobody_else_can_send_a_form_that_acts(desk: Desk, subtests: pytest.Subtests) -> None:
    home = desk.estate.tenant
    refused = [AdminClient(home, desk.people.user(role)) for role in (*OUTSIDE, NOBODY)]
    for address in addresses():
        act = ACTS.get(address.name, Act())
        with subtests.test(address.name), desk.undone(address):
            data, _ = desk.filled(address)
            before = snapshot(home)
            for client in (*refused, AdminClient(home)):
                response = client.post(desk.path(address), data)
                # 403 where the tenant itself is closed for a while.
                signs_in = "/admin/login/" in response.headers.get("Location", "")
                assert signs_in or response.status_code == 403
            if act.operator:
                response = desk.own.post(desk.path(address), data)
                assert response.status_code in (403, 404)
            assert not changed(before, snapshot(home))
            if address.name in ACTS:
                _require_twin(desk, address)


def _require_twin(desk: Desk, address: Address) -> None:
    """Who is entitled to it changes something with the same form."""
    data, _ = desk.filled(address)
    before = snapshot(desk.estate.tenant)
    desk.client(address).post(desk.path(address), data)
    assert changed(before, snapshot(desk.estate.tenant))
