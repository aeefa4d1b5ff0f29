"""Making placements: schemas, their tables and their grants. Runs as the owner."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count
from django.utils.module_loading import import_string

from tenants.context import tenant_scope
from tenants.database.roles import APP_ROLE, as_owner
from tenants.isolation.fingerprint import record_migrated
from tenants.models import Placement, PlacementKind, PlacementStatus, Tenant, TenantStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = structlog.get_logger(__name__)


def choose_pool() -> Placement:
    """The least filled pool with room, locked until the transaction ends.

    When all are full a new one is opened, pending until the provisioner makes it.
    """
    # One tenant at a time chooses, so that a pool cannot be filled beyond its capacity.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tenants.choose_pool'))")
    pools = Placement.objects.filter(kind=PlacementKind.POOL).annotate(filled=Count("tenants"))
    free = sorted(
        (pool for pool in pools if pool.filled < pool.capacity),
        key=lambda pool: (pool.status != PlacementStatus.READY, pool.filled, pool.schema_name),
    )
    return free[0] if free else _open_pool(number=_highest_number(pools) + 1)


def _highest_number(pools: Iterable[Placement]) -> int:
    return max((int(pool.schema_name.rpartition("_")[2]) for pool in pools), default=0)


def _open_pool(number: int) -> Placement:
    return Placement.objects.create(
        schema_name=f"pool_{number:03d}",
        kind=PlacementKind.POOL,
        capacity=settings.POOL_CAPACITY,
    )


def provision_pending(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Make every pending placement, then activate the tenants that waited for one.

    Safe to run again after an interruption at any point. A placement that fails is
    marked with its reason and does not hold up the others.

    Args:
        progress: receives one line for each step.

    Returns:
        How many placements were made or tenants activated.
    """
    with as_owner():
        pending = Placement.objects.filter(status=PlacementStatus.PENDING)
        made = sum(provision_placement(placement, progress) for placement in pending)
        return made + activate_waiting(progress)


def provision_placement(placement: Placement, progress: Callable[[str], None]) -> bool:
    """Create and migrate one placement's schema; False when it failed."""
    progress(f"placement {placement.schema_name}: creating schema")
    try:
        _make_schema(placement.schema_name)
    except Exception as error:
        log.exception("placement_failed", schema=placement.schema_name)
        reason = "".join(traceback.format_exception_only(error)).strip()
        Placement.objects.filter(pk=placement.pk).update(
            status=PlacementStatus.FAILED, failure=reason
        )
        progress(f"placement {placement.schema_name}: failed: {reason}")
        return False
    Placement.objects.filter(pk=placement.pk).update(status=PlacementStatus.READY, failure="")
    progress(f"placement {placement.schema_name}: ready")
    return True


def _make_schema(schema_name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema_name}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema_name} TO {APP_ROLE}")
    call_command(
        "migrate_schemas", schema_name=schema_name, tenant=True, interactive=False, verbosity=0
    )
    record_migrated(schema_name)


def activate_waiting(progress: Callable[[str], None] = lambda _line: None) -> int:
    """Activate tenants whose placement has become ready."""
    waiting = Tenant.objects.select_related("placement").filter(
        status=TenantStatus.PROVISIONING, placement__status=PlacementStatus.READY
    )
    for tenant in waiting:
        activate(tenant)
        progress(f"tenant {tenant.slug}: active")
    return len(waiting)


@transaction.atomic
def activate(tenant: Tenant) -> None:
    """Give a tenant its first rows and open it. Idempotent."""
    with tenant_scope(tenant):
        for path in settings.TENANT_INITIALISERS:
            import_string(path)()
    tenant.status = TenantStatus.ACTIVE
    tenant.save(update_fields=["status", "updated_at"])
