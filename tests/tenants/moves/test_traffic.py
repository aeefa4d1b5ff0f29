"""Nobody who works in a tenant while it moves loses anything, and its neighbours notice nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.models import User
from tenants.context import tenant_scope
from tenants.models import OperationStatus, Placement, Tenant, Tier
from tests.tenants.furnished import contents
from tests.tenants.moves.conftest import make_room, move, others, reread
from tests.tenants.moves.traffic import Seen, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    Furnished = Callable[[str], Tenant]

pytestmark = pytest.mark.needs("pgbouncer")


def _users(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant):
        rows = list(User.objects.values_list("username", "full_name"))
    assert len(rows) == len(dict(rows)), "nothing is doubled"
    return dict(rows)


def _expected(seen: Seen, before: dict[str, str]) -> dict[str, str]:
    counters = {f"counter-{name}": str(value) for name, value in seen.counters.items()}
    return {**before, **dict.fromkeys(seen.acknowledged, ""), **counters}


def test_moves_in_all_directions_during_traffic(
    furnished: Furnished, other_pool: Placement
) -> None:
    tenant, neighbour = furnished(Tier.STANDARD), furnished(Tier.STANDARD)
    pool = tenant.schema_name
    make_room(other_pool, 1)
    before = {who.pk: _users(who) for who in (tenant, neighbour)}
    with Traffic([tenant, neighbour]) as traffic:
        done = [
            move(tenant, tier=Tier.ENTERPRISE),
            move(tenant, tier=Tier.STANDARD, pool="pool_990"),
            move(tenant, pool=pool),
            move(tenant, pool="pool_990"),
        ]
    assert [(one.status, one.failure) for one in done] == [(OperationStatus.DONE, "")] * 4
    assert reread(tenant).schema_name == "pool_990"
    for who in (tenant, neighbour):
        seen = traffic.seen[who.pk]
        assert seen.wrong == (0, 0, {})
        assert min(seen.reads, seen.writes) > 0
        assert _users(who) == _expected(seen, before[who.pk])
    assert traffic.seen[neighbour.pk].refused == 0
    assert not any(contents(pool, tenant.pk).values())
    assert not any(any(rows) for rows in others("pool_990", tenant).values())
