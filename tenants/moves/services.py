"""Asking for a tenant to be moved to another placement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from iac_platform.common import audit
from iac_platform.common.changes import lock
from iac_platform.common.errors import DomainError, ErrorKind
from tenants.contents import count_rows, owned_tables
from tenants.errors import PlatformIsFixed
from tenants.models import (
    OperationKind,
    Placement,
    PlacementStatus,
    Tenant,
    TenantStatus,
    Tier,
)
from tenants.moves.places import SOURCE, TARGET, give_back
from tenants.permissions import MOVE_TENANT
from tenants.provisioning.pools import choose_pool, pool_with_capacity
from tenants.queue import OperationInProgress, enqueue
from tenants.queue.requests import is_pending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor
    from tenants.models import Operation

# Others are being made, or about to be deleted.
MOVABLE = frozenset({TenantStatus.INVITED, TenantStatus.ACTIVE, TenantStatus.SUSPENDED})


class CannotMove(DomainError):
    """The tenant cannot be moved there, or not now."""

    code = "cannot-move"
    title = "The tenant cannot be moved"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def request_move(
    tenant: Tenant, *, tier: str | None = None, pool: str | None = None, actor: Actor
) -> Operation:
    """Queue a move; the provisioner carries it out while the tenant goes on working.

    The place in the target is taken from now on. Call it in the platform's scope.

    Args:
        tenant: who moves.
        tier: the tier to move to; the present one by default.
        pool: the pool's schema; by default the least filled one when the tier changes.
        actor: who asks.

    Raises:
        NotPermitted: the actor may not move tenants.
        PlatformIsFixed: the operator's own tenant was meant.
        CannotMove: the tenant is there already, or in a state in which it cannot be moved.
        NoSuchPool, PoolIsFull: the tenant cannot go into the pool that was named.
        OperationInProgress: something else is being done to the tenant.
    """
    fresh = lock(tenant, actor=actor, permission=MOVE_TENANT)
    if is_pending(fresh):
        raise OperationInProgress(f"Wait until the present operation on {fresh.slug} has ended.")
    _require_movable(fresh)
    target = _take_place(fresh, tier or fresh.tier, pool)
    Tenant.objects.filter(pk=fresh.pk).update(moving_to=target)
    ends = {SOURCE: fresh.schema_name, TARGET: target.schema_name if target else ""}
    operation = enqueue(OperationKind.MOVE, fresh, actor=actor, parameters=ends)
    changes = {
        "placement": [ends[SOURCE], ends[TARGET]],
        "tier": [fresh.tier, str(tier or fresh.tier)],
    }
    audit.record("tenant.request_move", fresh, actor=actor, changes=changes)
    return operation


def _require_movable(tenant: Tenant) -> None:
    if tenant.is_platform:
        raise PlatformIsFixed("The operator's own tenant stays where it is.")
    if tenant.status not in MOVABLE or tenant.placement.status != PlacementStatus.READY:
        raise CannotMove(f"A tenant that is {tenant.status.replace('_', ' ')} cannot be moved.")
    if tenant.moving_to is not None:
        raise CannotMove("A move of it was interrupted; retry that operation, which cleans up.")


def _take_place(tenant: Tenant, tier: str, pool: str | None) -> Placement | None:
    """The pool to move to, with room for the tenant until the transaction ends.

    None for a placement of its own, which is made when the move begins.
    """
    if tier == Tier.ENTERPRISE:
        if pool is not None:
            raise CannotMove("An enterprise tenant has a placement of its own and not a pool's.")
        if tenant.tier == Tier.ENTERPRISE:
            raise CannotMove(f"{tenant.slug} is an enterprise tenant already.")
        return None
    if pool is not None:
        return _named_pool(tenant, pool)
    if tenant.tier == Tier.STANDARD:
        raise CannotMove(f"{tenant.slug} is a standard tenant already. Name another pool, or tier.")
    return choose_pool()


def _named_pool(tenant: Tenant, name: str) -> Placement:
    if name == tenant.schema_name:
        raise CannotMove(f"{tenant.slug} is in {name} already.")
    return pool_with_capacity(name)


def cancel_move(operation: Operation) -> None:
    """Give the place back that a move took which is being cancelled, in the open transaction.

    Raises:
        CannotMove: it began, and was interrupted; its next run cleans up.
    """
    is_taken = Tenant.objects.filter(pk=operation.tenant_id, moving_to__isnull=False).exists()
    if is_taken and operation.started_at is not None:
        raise CannotMove("The move has begun and left rows; let it run, and move back if need be.")
    give_back(operation.tenant_id)


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What a move would do.

    Attributes:
        source, target: schemas; the target is not made or taken yet.
        room: how many more tenants fit into the target.
        rows: how many there are to copy, by table.
    """

    source: str
    target: str
    room: int
    rows: Mapping[str, int]


def plan_move(tenant: Tenant, *, tier: str | None = None, pool: str | None = None) -> MovePlan:
    """What ``request_move`` would lead to; changes nothing. Runs as the owner.

    Raises:
        DomainError: as ``request_move``.
    """
    with transaction.atomic():
        _require_movable(tenant)
        target = _take_place(tenant, tier or tenant.tier, pool)
        name = target.schema_name if target else "a new placement of its own"
        room = target.capacity - target.tenants.count() - target.arriving.count() if target else 1
        transaction.set_rollback(True)
    return MovePlan(
        source=tenant.schema_name,
        target=name,
        room=room,
        rows=count_rows(tenant.schema_name, owned_tables(tenant.schema_name), tenant.pk),
    )
