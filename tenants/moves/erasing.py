"""Removing a tenant's rows from a placement where it does not live (any more, or yet)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.erasure.rows import delete_rows
from tenants.erasure.schemas import drop_schema
from tenants.models import Placement, PlacementKind, Tenant

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.queue import Report


class TenantStillPresent(RuntimeError):
    """The rows that were to be erased are the tenant's own; a defect of the caller."""


def erase_from(placement: Placement, tenant_id: UUID, report: Report) -> None:
    """Remove what a placement holds of a tenant that lives elsewhere. Idempotent.

    A dedicated placement goes altogether. Runs as the owner.

    Raises:
        TenantStillPresent: the placement holds the tenant, or is dedicated and holds another.
    """
    dedicated = placement.kind == PlacementKind.DEDICATED
    inhabitants = Tenant.objects.filter(placement=placement)
    if (inhabitants if dedicated else inhabitants.filter(pk=tenant_id)).exists():
        raise TenantStillPresent(f"{placement} is where {tenant_id} lives.")
    if dedicated:
        report.step(f"dropping {placement}")
        drop_schema(placement.schema_name, report)
        placement.delete()
    else:
        report.step(f"deleting rows from {placement}")
        delete_rows(placement.schema_name, tenant_id, report)
