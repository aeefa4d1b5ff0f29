"""The work of ``OperationKind.DELETE``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Q

from iac_platform.cache.erasure import forget
from iac_platform.common import audit
from iac_platform.common.audit import SystemActor
from tenants.database.entrance import EXCLUSIVE_LOCK
from tenants.erasure.retrying import with_retry
from tenants.erasure.rows import delete_at_once, delete_rows
from tenants.erasure.schemas import drop_schema
from tenants.errors import WrongStatus
from tenants.files import remove_files
from tenants.lifecycle.services import operators_scope
from tenants.models import (
    MigrationRun,
    Operation,
    OperationKind,
    Placement,
    PlacementKind,
    PlacementStatus,
    Tenant,
    TenantStatus,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.erasure.progress import Progress

# The tenant's transactions are read-only from the beginning of its erasure on.
_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
# The schema of the shared tables, some of which hold rows that belong to a tenant.
_SHARED = "public"


def erase(operation: Operation, progress: Progress) -> dict[str, Any]:
    """Delete a tenant that is pending deletion, leaving nothing of it.

    It closes the tenant to writes, waits for whoever is inside, and then removes its rows,
    schema, cache and files; the tenant's own row goes last, so that an erasure which was
    interrupted is found and done again from wherever it stopped.

    Returns:
        What was deleted, by kind; after an interruption, what was left of it.

    Raises:
        WrongStatus: the tenant is not pending deletion.
        StillInUse: somebody is at work in its schema for minutes.
        CacheUnavailable: Redis does not answer, so its keys cannot be removed.
    """
    tenant_id = operation.tenant_id
    tenant = Tenant.objects.select_related("placement", "moving_to").filter(pk=tenant_id).first()
    deleted: dict[str, Any] = {}
    if tenant is not None:
        _require_pending(tenant)
        progress.step("waiting for requests to end")
        _close(tenant)
        deleted = _erase_placements(tenant, progress)
    progress.step("cache and files")
    deleted["cache_keys"] = forget(tenant_id)
    deleted["files"] = remove_files(tenant_id)
    if tenant is not None:
        progress.step("the tenant itself")
        with_retry(partial(_erase_tenant, tenant, operation, deleted), f"the row of {tenant.slug}")
        # What a request kept that had begun before the tenant was closed.
        deleted["cache_keys"] += forget(tenant_id)
    return deleted


def _require_pending(tenant: Tenant) -> None:
    if tenant.is_platform or tenant.status != TenantStatus.PENDING_DELETION:
        raise WrongStatus(f"{tenant.slug} is {tenant.status}; request its deletion first.")


def _close(tenant: Tenant) -> None:
    """Let no transaction of the tenant write from now on, and wait for those under way.

    Raises:
        WrongStatus: it was restored since it was read; nothing has been touched.
    """
    # The update waits for whoever is restoring it just now, and then looks again.
    doomed = Tenant.objects.filter(pk=tenant.pk, status=TenantStatus.PENDING_DELETION)
    if not doomed.update(writes_fenced_until=_FOR_EVER):
        raise WrongStatus(f"{tenant.slug} was restored just now.")
    # Nobody is to make a schema any more for a tenant that goes before it came, nor to migrate
    # one of which half is gone.
    Placement.objects.filter(pk__in=[placement.pk for placement in own_placements(tenant)]).update(
        status=PlacementStatus.FAILED, failure="Its tenant is being deleted."
    )
    with_retry(partial(_wait_for_transactions, tenant.pk), f"transactions of {tenant.slug}")


def _wait_for_transactions(tenant_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(EXCLUSIVE_LOCK, [str(tenant_id)])


def _erase_placements(tenant: Tenant, progress: Progress) -> dict[str, Any]:
    """Its own placement, the one it was moving to, and what an interrupted move left behind."""
    doomed = own_placements(tenant)
    progress.step("dropping its schema", total=0)
    tables = sum(drop_schema(placement.schema_name, progress) for placement in doomed)
    progress.step("deleting rows")
    rows = 0
    others = Placement.objects.exclude(pk__in=[placement.pk for placement in doomed])
    for schema in others.values_list("schema_name", flat=True):
        rows += delete_rows(schema, tenant.pk, progress)
    return {
        "schemas": [placement.schema_name for placement in doomed],
        "tables": tables,
        "rows": rows,
    }


def own_placements(tenant: Tenant) -> list[Placement]:
    """The placements that are this tenant's alone: its home, and the ends of its moves."""
    moves = Operation.objects.filter(tenant_id=tenant.pk, kind=OperationKind.MOVE)
    named = {
        str(parameters.get(end))
        for parameters in moves.values_list("parameters", flat=True)
        for end in ("source", "target")
    }
    candidates = Placement.objects.filter(
        Q(tenants=tenant) | Q(arriving=tenant) | Q(schema_name__in=named),
        kind=PlacementKind.DEDICATED,
    ).distinct()
    return [
        placement
        for placement in candidates
        if not placement.tenants.exclude(pk=tenant.pk).exists()
        and not placement.arriving.exclude(pk=tenant.pk).exists()
    ]


def _erase_tenant(tenant: Tenant, operation: Operation, deleted: dict[str, Any]) -> None:
    """Remove the rows in the shared tables, all or none of them.

    Once the tenant's row is gone, no transaction can enter its scope any more.
    """
    _wait_for_transactions(tenant.pk)
    placements = own_placements(tenant)
    _tell_the_operator(tenant, operation, deleted)
    Operation.objects.filter(tenant_id=tenant.pk).exclude(pk=operation.pk).delete()
    delete_at_once(_SHARED, tenant.pk, keep=Operation._meta.db_table)
    tenant.delete()
    for placement in placements:
        MigrationRun.objects.filter(canary=placement.schema_name).update(canary="")
        placement.delete()


def _tell_the_operator(tenant: Tenant, operation: Operation, deleted: dict[str, Any]) -> None:
    """Note the deletion in the operator's log, and clear the history of its admin pages."""
    ids = {str(tenant.pk), *map(str, tenant.domains.values_list("pk", flat=True))}
    with operators_scope():
        actor = SystemActor(operation.requested_by)
        audit.record("tenant.delete", tenant, actor=actor, changes=deleted)
        LogEntry.objects.filter(content_type__app_label="tenants", object_id__in=ids).delete()
