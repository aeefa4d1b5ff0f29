"""Tenants with something in every table, a second pool, and eyes on all placements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from rbac.models import User
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Operation, Placement, PlacementKind, Tenant, Tier
from tenants.moves.services import request_move
from tenants.operations.runner import run_one
from tenants.provisioning.placements import make_placement
from tests.conftest import ACTOR
from tests.tenants.furnished import Contents, contents
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def other_pool(committed_tenants: ThrowawayTenants) -> Iterator[Placement]:
    """A pool without room: ``make_room`` once the test's tenants stand, or they would go there."""
    del committed_tenants
    with as_owner():
        pool = Placement.objects.create(schema_name="pool_990", kind=PlacementKind.POOL, capacity=0)
        make_placement(pool)
    try:
        yield pool
    finally:
        with as_owner(), connection.cursor() as cursor:
            Tenant.objects.filter(moving_to=pool).update(moving_to=None)
            for tenant in Tenant.objects.filter(placement=pool):
                move(tenant, tier=Tier.ENTERPRISE)
            cursor.execute("DROP SCHEMA pool_990 CASCADE")
            pool.delete()


def make_room(pool: Placement, capacity: int) -> None:
    with as_owner():
        Placement.objects.filter(pk=pool.pk).update(capacity=capacity)


def ask(tenant: Tenant, **target: Any) -> Operation:
    """Queue a move, as the operator's people do."""
    with tenant_scope(platform()):
        return request_move(tenant, actor=ACTOR, **target)


def move(tenant: Tenant, **target: Any) -> Operation:
    operation = ask(tenant, **target)
    run_one(operation)
    with tenant_scope(platform()):
        operation.refresh_from_db()
    return operation


def reread(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=tenant.pk)


def others(schema: str, tenant: Tenant) -> Contents:
    """What a pool holds of everybody else."""
    mine = contents(schema, tenant.pk)
    return {name: sorted(set(rows) - set(mine[name])) for name, rows in contents(schema).items()}


def usernames(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant):
        return set(User.objects.values_list("username", flat=True))


def schema_exists(name: str) -> bool:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])
