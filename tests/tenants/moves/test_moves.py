"""A tenant moves with all that it has, and nobody else notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry

from iac_platform.cache import ledger
from rbac.models import ApiToken, AuditEntry, User
from sso.sign_in.session_store import SessionStore
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.models import OperationStatus, Placement, PlacementKind, Tenant, Tier
from tenants.provisioning.pools import PoolIsFull
from tenants.quotas.recounting import recount
from tests.rbac.audit.conftest import Log
from tests.tenants.furnished import contents
from tests.tenants.moves.conftest import (
    ask,
    make_room,
    move,
    others,
    reread,
    schema_exists,
    usernames,
)
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable

    Furnished = Callable[[str], Tenant]


def test_up_and_down_again_with_every_row(furnished: Furnished) -> None:
    tenant, neighbour = furnished(Tier.STANDARD), furnished(Tier.STANDARD)
    pool = tenant.schema_name
    before, neighbours = contents(pool, tenant.pk), others(pool, tenant)
    assert all(before.values()), "every table has rows, or this proves little"

    up = move(tenant, tier=Tier.ENTERPRISE)
    assert (up.status, up.failure) == (OperationStatus.DONE, "")
    risen = reread(tenant)
    assert (risen.tier, risen.placement.kind) == (Tier.ENTERPRISE, PlacementKind.DEDICATED)
    assert (risen.moving_to, risen.writes_fenced_until) == (None, None)
    assert risen.revision == tenant.revision + 1
    assert contents(risen.schema_name) == before
    assert not any(contents(pool, tenant.pk).values()), "nothing is left behind"
    assert others(pool, tenant) == neighbours
    with as_owner():
        assert check() == []
    tip = Log(tenant).verify().tip
    Log(reread(tenant)).write()
    assert Log(reread(tenant)).faults(tip) == []
    before = contents(risen.schema_name)

    down = move(risen, tier=Tier.STANDARD)
    assert (down.status, down.failure) == (OperationStatus.DONE, "")
    fallen = reread(tenant)
    assert (fallen.tier, fallen.placement.kind) == (Tier.STANDARD, PlacementKind.POOL)
    assert contents(fallen.schema_name, tenant.pk) == before
    assert Log(fallen).faults(tip) == []
    assert others(pool, tenant) == neighbours
    with tenant_scope(fallen):
        assert recount(repair=False) == []
    assert not schema_exists(risen.schema_name)
    assert not Placement.objects.filter(pk=risen.placement_id).exists()
    assert reread(neighbour).schema_name == neighbour.schema_name


def test_from_pool_to_pool(furnished: Furnished, other_pool: Placement) -> None:
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    before = contents(tenant.schema_name, tenant.pk)
    done = move(tenant, pool=other_pool.schema_name)
    assert (done.status, done.failure) == (OperationStatus.DONE, "")
    after = reread(tenant)
    assert (after.tier, after.schema_name) == (Tier.STANDARD, "pool_990")
    assert contents("pool_990", tenant.pk) == before
    assert not any(contents(tenant.schema_name, tenant.pk).values())


def test_numbered_rows_get_numbers_that_are_free(
    furnished: Furnished, other_pool: Placement
) -> None:
    """Two placements number the admin's log from 1; both logs must fit into one pool."""
    first, second = furnished(Tier.ENTERPRISE), furnished(Tier.ENTERPRISE)
    make_room(other_pool, 2)
    for tenant in (first, second):
        assert move(tenant, tier=Tier.STANDARD, pool="pool_990").status == OperationStatus.DONE
    for tenant in (first, second):
        with tenant_scope(reread(tenant)):
            history = LogEntry.objects.order_by("id").values_list("object_repr", flat=True)
            assert list(history) == ["thing 0", "thing 1", "thing 2"], "in their order"


def test_whoever_looked_the_tenant_up_before_works_in_the_right_place(
    furnished: Furnished,
) -> None:
    stale = furnished(Tier.STANDARD)
    move(stale, tier=Tier.ENTERPRISE)
    assert stale.schema_name != reread(stale).schema_name
    before = usernames(stale)
    with tenant_scope(stale):
        User.objects.create(username="late")
    assert usernames(reread(stale)) == before | {"late"} == usernames(stale)
    assert not any(contents(stale.schema_name, stale.pk).values())


def test_sessions_tokens_and_cached_values_go_on(furnished: Furnished) -> None:
    tenant = furnished(Tier.STANDARD)
    with tenant_scope(tenant):
        session = SessionStore()
        session["whose"] = tenant.slug
        session.create()
        digests = set(ApiToken.objects.values_list("digest", flat=True))
        ledger.add("tests", "greeting", {"say": "hello"}, ttl=60)
    move(tenant, tier=Tier.ENTERPRISE)
    with tenant_scope(reread(tenant)):
        assert SessionStore(session.session_key)["whose"] == tenant.slug
        assert set(ApiToken.objects.values_list("digest", flat=True)) == digests
        assert ledger.read("tests", "greeting") == {"say": "hello"}


def test_the_move_is_in_the_operators_log(furnished: Furnished) -> None:
    tenant = furnished(Tier.STANDARD)
    move(tenant, tier=Tier.ENTERPRISE)
    with tenant_scope(platform()):
        entries = AuditEntry.objects.filter(subject_id=str(tenant.pk)).order_by("created_at")
        asked, done = entries.filter(action__contains="move")
    assert (asked.action, done.action) == ("tenant.request_move", "tenant.move")
    assert done.changes["placement"] == [tenant.schema_name, reread(tenant).schema_name]
    assert done.changes["requested_by"] == asked.actor_name


def test_a_place_is_taken_as_soon_as_the_move_is_asked_for(
    furnished: Furnished, other_pool: Placement
) -> None:
    tenant, late = furnished(Tier.STANDARD), furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    operation = ask(tenant, pool=other_pool.schema_name)
    assert reread(tenant).moving_to == other_pool
    with pytest.raises(PoolIsFull, match="which is all that it can"):
        ask(late, pool=other_pool.schema_name)
    assert operation.parameters == {"source": tenant.schema_name, "target": "pool_990"}
