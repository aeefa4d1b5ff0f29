"""A move, step by step; the work behind ``OperationKind.MOVE``, run by the provisioner.

The tenant lives on in its old placement until one transaction switches it over, so a move
that fails or is killed before has changed nothing that anybody sees. Every step can be
run again: ``docs/tenant-moves.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import changing
from iac_platform.common.errors import DomainError, ErrorKind
from tenants.contents import UnknownContents, count_rows, owned_tables
from tenants.distribution import distributed
from tenants.lifecycle.services import operators_scope
from tenants.models import (
    Placement,
    PlacementKind,
    Tenant,
    Tier,
)
from tenants.moves import fence, places
from tenants.moves.copying import Route, differences, synchronise
from tenants.moves.erasing import erase_from
from tenants.permissions import MOVE_TENANT

if TYPE_CHECKING:
    from tenants.models import Operation
    from tenants.queue import Report

log = structlog.get_logger(__name__)

# The passes without a fence end when so few rows changed that the last pass is short.
FEW_CHANGES = 1000
MOST_PASSES = 4


class PlacementsDiffer(DomainError):
    """The two placements do not have the same tables."""

    code = "placements-differ"
    title = "The placements have different migrations"
    kind = ErrorKind.CONFLICT


class PlacementOnAnotherNode(DomainError):
    """No statement reaches two nodes, so no row can be copied from one to the other."""

    code = "placement-on-another-node"
    title = "Placement on another node"
    kind = ErrorKind.CONFLICT


class CopyDiffers(DomainError):
    """What arrived is not what was sent."""

    code = "copy-differs"
    title = "The copied rows differ from the tenant's"
    kind = ErrorKind.CONFLICT


def move(operation: Operation, report: Report) -> dict[str, Any]:
    """Move a tenant to the placement that the operation names.

    Raises:
        DomainError: it cannot be done; the tenant is where it was, and usable.
    """
    tenant = Tenant.objects.select_related("placement", "moving_to").get(pk=operation.tenant_id)
    result: dict[str, Any] = {}
    if not places.has_arrived(tenant, operation):
        try:
            result = _arrive(tenant, operation, report)
        except Exception:
            _give_up(tenant, report)
            raise
    source = Placement.objects.filter(schema_name=operation.parameters[places.SOURCE]).first()
    if source is not None:
        # Nobody can be there any more, and nobody can come: the database leads to the new one.
        erase_from(source, tenant.pk, report)
    return result


def _arrive(tenant: Tenant, operation: Operation, report: Report) -> dict[str, Any]:
    """Copy, fence, and switch over."""
    _require_one_node(tenant, operation)
    target = places.target_of(tenant, operation, report)
    route = _route(tenant, target)
    passes = _copy_beside_traffic(route, report)
    began = timezone.now()
    report.step("refusing writes for a moment")
    fence.raise_fence(tenant.pk)
    fence.wait_for_writers(tenant.pk)
    with transaction.atomic():
        rows = _last_pass(route, report)
        # In this order, as operators do who change a tenant and then enter it; whoever enters
        # it first can lock no row any more.
        Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=tenant.pk)
        fence.lock_out(tenant.pk)
        fence.require_fence(tenant.pk)
        _switch(tenant, target, operation)
    seconds = (timezone.now() - began).total_seconds()
    return {"rows": rows, "passes": passes, "seconds_without_writes": round(seconds, 3)}


def _require_one_node(tenant: Tenant, operation: Operation) -> None:
    """Before anything is made or copied; a placement that is yet to be made begins here."""
    ends = {operation.parameters[places.SOURCE], operation.parameters[places.TARGET]} - {""}
    if elsewhere := distributed(ends):
        raise PlacementOnAnotherNode(
            f"Citus keeps {' and '.join(sorted(elsewhere))} on other nodes, so {tenant.slug} "
            "cannot be moved while it works. Take it over with export_tenant and "
            "import_tenant --tier … --new-ids (docs/operations/scaling.md)."
        )


def _route(tenant: Tenant, target: Placement) -> Route:
    source = tenant.placement
    tables = owned_tables(source.schema_name)
    if source.migrations != target.migrations or not tables:
        raise PlacementsDiffer(
            f"{source} and {target} have different migrations; run manage.py migrate_schemas."
        )
    if owned_tables(target.schema_name) != tables:
        raise UnknownContents(
            f"{source} and {target} have different tables or columns though their migrations "
            "are the same; run manage.py check_isolation."
        )
    return Route(tenant.pk, source.schema_name, target.schema_name, tables)


def _copy_beside_traffic(route: Route, report: Report) -> int:
    """Passes that disturb nobody, each from one snapshot; returns how many there were."""
    for number in range(1, MOST_PASSES + 1):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            total = sum(count_rows(route.source, list(route.tables), route.tenant_id).values())
            report.step(f"copying rows, pass {number}", total=total)
            changed = synchronise(route, report)
        if number == 1:
            _analyse(route)
        if changed < FEW_CHANGES:
            break
    return number


def _analyse(route: Route) -> None:
    """Give the planner figures about tables that were empty a moment ago."""
    with connection.cursor() as cursor:
        for table in route.tables:
            cursor.execute(f'ANALYZE {route.target}."{table.name}"')


def _last_pass(route: Route, report: Report) -> int:
    """Take over what changed since, and compare everything; returns how many rows there are."""
    rows = count_rows(route.source, list(route.tables), route.tenant_id)
    report.step("copying what changed", total=sum(rows.values()))
    synchronise(route, report, final=True)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    report.step("comparing the copy with the tenant's rows")
    wrong = differences(route)
    if wrong:
        raise CopyDiffers(f"Count or checksum differ in {', '.join(wrong)}; nothing was moved.")
    return sum(rows.values())


def _switch(tenant: Tenant, target: Placement, operation: Operation) -> None:
    """The moment of the move: after it, every transaction enters the new placement."""
    tier = Tier.ENTERPRISE if target.kind == PlacementKind.DEDICATED else Tier.STANDARD
    with connection.cursor() as cursor:
        # A migration of either placement waits until we are through, or has made them differ.
        cursor.execute(
            "SELECT count(DISTINCT migrations) FROM (SELECT migrations FROM public.placements "
            "WHERE id IN (%s, %s) FOR SHARE) placements",
            [tenant.placement_id, target.pk],
        )
        if cursor.fetchone() != (1,):
            raise PlacementsDiffer("A placement was migrated during the move; ask for it again.")
    # A run after this one, should it be interrupted, then sees that the tenant has arrived.
    operation.parameters[places.TARGET] = target.schema_name
    operation.save(update_fields=["parameters"])
    with (
        operators_scope(),
        changing(
            tenant,
            actor=SystemActor("provisioner"),
            permission=MOVE_TENANT,
            action="tenant.move",
            describe=lambda row: {"placement": row.schema_name, "tier": str(row.tier)},
            context={"requested_by": operation.requested_by},
        ) as draft,
    ):
        draft.placement, draft.tier = target, tier
        draft.moving_to = draft.writes_fenced_until = None


def _give_up(tenant: Tenant, report: Report) -> None:
    """Leave the tenant as if nobody had wanted to move it, and its target without its rows."""
    # Whatever failed may have taken the connection along.
    connection.close_if_unusable_or_obsolete()
    target = Placement.objects.filter(arriving=tenant.pk).first()
    places.give_back(tenant.pk)
    if target is None:
        return
    try:
        erase_from(target, tenant.pk, report)
    except Exception:
        # The reason of the failure matters more than what is left of the copy.
        log.exception("move_left_rows", tenant=str(tenant.pk), schema=target.schema_name)
