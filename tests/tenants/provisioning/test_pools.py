"""Which pool a standard tenant gets, and when the next one is opened."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connections, transaction

from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementKind, PlacementStatus, Tenant
from tenants.provisioning.pools import choose_pool, open_ahead
from tenants.provisioning.template import TEMPLATE_SCHEMA
from tenants.tenants.services import create_tenant
from tests.conftest import ACTOR
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _as_operator(operator: Tenant) -> Iterator[None]:
    """In the operator's scope, with no room in any pool that there was before."""
    with tenant_scope(operator):
        Placement.objects.filter(kind=PlacementKind.POOL).update(capacity=0)
        yield


def pool(name: str, *, tenants: int, capacity: int, status: str = "ready") -> Placement:
    made = Placement.objects.create(
        schema_name=name, kind=PlacementKind.POOL, capacity=capacity, status=status
    )
    Tenant.objects.bulk_create(
        Tenant(slug=f"{name.replace('_', '-')}-{number}", name="x", placement=made)
        for number in range(tenants)
    )
    return made


@pytest.mark.usefixtures("_as_operator")
def test_the_least_filled_pool_that_is_ready_is_next() -> None:
    pool("pool_901", tenants=2, capacity=3)
    emptier = pool("pool_902", tenants=1, capacity=3)
    pool("pool_903", tenants=0, capacity=3, status=PlacementStatus.PENDING)
    pool("pool_904", tenants=0, capacity=3, status=PlacementStatus.FAILED)
    assert choose_pool() == emptier


@pytest.mark.usefixtures("_as_operator")
def test_whoever_is_on_the_way_takes_a_place() -> None:
    nearly = pool("pool_901", tenants=0, capacity=1)
    assert choose_pool() == nearly
    Tenant.objects.filter(slug="globex").update(moving_to=nearly)
    assert choose_pool() != nearly


@pytest.mark.usefixtures("_as_operator")
def test_a_full_pool_opens_the_next() -> None:
    pool("pool_901", tenants=2, capacity=2)
    opened = choose_pool()
    assert (opened.schema_name, opened.status) == ("pool_902", PlacementStatus.PENDING)
    assert opened.capacity == settings.POOL_CAPACITY
    assert choose_pool() == opened, "one is enough"


@pytest.mark.usefixtures("_as_operator")
def test_a_pool_is_opened_before_the_last_place_is_taken() -> None:
    before = Placement.objects.filter(kind=PlacementKind.POOL).count()
    roomy = pool("pool_901", tenants=1, capacity=settings.POOL_RESERVE + 1)
    open_ahead()
    assert Placement.objects.filter(kind=PlacementKind.POOL).count() == before + 1
    Tenant.objects.create(slug="one-more", name="x", placement=roomy)
    open_ahead()
    assert Placement.objects.filter(schema_name="pool_902", status="pending").exists()
    open_ahead()
    assert Placement.objects.filter(kind=PlacementKind.POOL).count() == before + 2


@pytest.mark.usefixtures("_as_operator")
def test_the_template_is_never_a_tenants() -> None:
    Placement.objects.filter(schema_name=TEMPLATE_SCHEMA).update(capacity=100)
    assert choose_pool().schema_name != TEMPLATE_SCHEMA


def test_many_at_once_never_overfill_a_pool(committed_tenants: ThrowawayTenants) -> None:
    """Six at once for three places: three find room, the others a new pool."""
    with as_owner():
        standing = dict(
            Placement.objects.filter(kind=PlacementKind.POOL).values_list("pk", "capacity")
        )
        Placement.objects.filter(pk__in=standing).update(capacity=0)
        only = Placement.objects.create(
            schema_name="pool_980", kind=PlacementKind.POOL, capacity=3, status="pending"
        )

    def create(_number: int) -> Tenant:
        slug = f"tmp-{secrets.token_hex(4)}"
        with tenant_scope(platform()), transaction.atomic():
            made = create_tenant(slug=slug, name=slug, actor=ACTOR)
        connections.close_all()
        return made

    try:
        with ThreadPoolExecutor(6) as workers:
            made = list(workers.map(create, range(6)))
        committed_tenants.made += made
        assert sorted(tenant.placement.schema_name for tenant in made) == (
            ["pool_980"] * 3 + ["pool_981"] * 3
        )
    finally:
        with as_owner():
            for tenant in committed_tenants.made:
                Tenant.objects.filter(pk=tenant.pk).update(placement_id=min(standing))
            Placement.objects.filter(schema_name__in=["pool_980", "pool_981"]).delete()
            for key, capacity in standing.items():
                Placement.objects.filter(pk=key).update(capacity=capacity)
    assert not Placement.objects.filter(pk=only.pk).exists()
    for tenant in committed_tenants.made:
        tenant.refresh_from_db()
