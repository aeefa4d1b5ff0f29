"""Where a move goes: taking the place, keeping it, and giving it back.

A place in a pool is taken when the move is asked for, so that it is there when the rows are. A
placement of its own is made when the move begins, by the provisioner: a move that is cancelled
before then has nothing to clean up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.models import Placement, PlacementStatus, Tenant
from tenants.provisioning.placements import dedicated_placement, make_placement
from tenants.provisioning.pools import pool_with_capacity

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.models import Operation
    from tenants.queue import Report

SOURCE, TARGET = "source", "target"
"""Members of an operation's parameters: schemas. No target: a placement of the tenant's own."""


class HasMovedAway(DomainError):
    """The tenant is not any more where the move was to begin."""

    code = "tenant-has-moved"
    title = "The tenant was moved"
    kind = ErrorKind.CONFLICT


class PlacementNotMade(DomainError):
    """The tenant's new placement could not be made."""

    code = "placement-not-made"
    title = "The placement could not be created"
    kind = ErrorKind.UNAVAILABLE


def has_arrived(tenant: Tenant, operation: Operation) -> bool:
    """Whether an earlier attempt switched the tenant over."""
    return bool(operation.parameters[TARGET] == tenant.schema_name)


def target_of(tenant: Tenant, operation: Operation, report: Report) -> Placement:
    """The placement to move to: the tenant's place there is taken and its schema stands.

    Raises:
        HasMovedAway: the tenant lives elsewhere than where it was to leave.
        NoSuchPool, PoolIsFull: a move that is tried again found its place taken.
        PlacementNotMade: the placement of its own failed.
    """
    if operation.parameters[SOURCE] != tenant.schema_name:
        raise HasMovedAway(f"{tenant.slug} is in {tenant.schema_name} now; ask for a new move.")
    target = _taken(tenant, operation)
    if target.status != PlacementStatus.READY:
        report.step(f"making {target}")
        make_placement(target)
        target.refresh_from_db()
    if target.status != PlacementStatus.READY:
        raise PlacementNotMade(f"{target} could not be made: {target.failure}")
    return target


@transaction.atomic
def _taken(tenant: Tenant, operation: Operation) -> Placement:
    """The place that is taken already, else one that is taken now."""
    fresh = Tenant.objects.select_for_update(of=("self",)).get(pk=tenant.pk)
    if fresh.moving_to is not None:
        return fresh.moving_to
    name = operation.parameters[TARGET]
    target = pool_with_capacity(name) if name else dedicated_placement(tenant.slug)
    Tenant.objects.filter(pk=tenant.pk).update(moving_to=target)
    return target


def give_back(tenant_id: UUID) -> None:
    """Leave the tenant as if nobody had wanted to move it; rows in the target stay there."""
    Tenant.objects.filter(pk=tenant_id).update(moving_to=None, writes_fenced_until=None)
