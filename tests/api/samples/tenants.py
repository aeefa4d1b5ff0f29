"""The operator's requests about tenants."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from iac_platform.common.audit import SystemActor
from rbac.models import UserRole
from tenants.context import tenant_scope
from tenants.models import (
    Domain,
    Operation,
    OperationStatus,
    Placement,
    PlacementKind,
    Tenant,
    TenantStatus,
    Tier,
)
from tenants.services.lifecycle import request_deletion
from tests.api.samples.sample import Address, Sample
from tests.throwaway import platform

if TYPE_CHECKING:
    from tests.api.estates import Estate


def more_tenants(estate: Estate, count: int) -> None:
    """Tenants with a host each; call it in the operator's scope."""
    del estate
    placement = Placement.objects.filter(kind=PlacementKind.POOL)[0]
    tenants = Tenant.objects.bulk_create(
        Tenant(
            slug=f"customer-{number}",
            name=f"Customer {number}",
            placement=placement,
            status=TenantStatus.ACTIVE,
        )
        for number in range(count)
    )
    Domain.objects.bulk_create(
        Domain(domain=f"{secrets.token_hex(8)}.example.com", tenant=tenant) for tenant in tenants
    )


def close_for_deletion(estate: Estate) -> None:
    """Have the estate's tenant wait for its deletion, unless it does."""
    with tenant_scope(platform()):
        tenant = Tenant.objects.get(pk=estate.tenant.pk)
        if tenant.status != TenantStatus.PENDING_DELETION:
            request_deletion(tenant, actor=SystemActor("tests"))


def end_moves(estate: Estate) -> None:
    """Let the estate's tenant be free to move, whatever was asked for before."""
    with tenant_scope(platform()):
        Tenant.objects.filter(pk=estate.tenant.pk).update(moving_to=None)
        queued = Operation.objects.filter(tenant_id=estate.tenant.pk)
        queued.update(status=OperationStatus.CANCELLED)


def _other_tier(estate: Estate) -> str:
    return {Tier.STANDARD: Tier.ENTERPRISE, Tier.ENTERPRISE: Tier.STANDARD}[
        Tier(estate.tenant.tier)
    ]


_TENANT = Address({"pk": lambda estate: estate.tenant.pk}, hidden=("pk",))

SAMPLES = {
    "GET /api/v1/tenants/": Sample(
        operator=True,
        filters={
            "slug": lambda estate: estate.tenant.slug,
            "tier": lambda estate: estate.tenant.tier,
            "plan": lambda estate: estate.tenant.plan_id,
            "status": "active",
        },
        fill=more_tenants,
    ),
    "POST /api/v1/tenants/": Sample(
        201, body=lambda _: {"slug": "initech", "name": "Initech"}, operator=True
    ),
    "GET /api/v1/tenants/{pk}/": Sample(address=_TENANT, operator=True),
    "PATCH /api/v1/tenants/{pk}/": Sample(
        address=_TENANT, operator=True, body=lambda _: {"name": "Renamed"}
    ),
    "DELETE /api/v1/tenants/{pk}/": Sample(202, address=_TENANT, operator=True),
    "POST /api/v1/tenants/{pk}/move/": Sample(
        202,
        address=_TENANT,
        operator=True,
        body=lambda estate: {"tier": _other_tier(estate)},
        prepare=end_moves,
    ),
    "POST /api/v1/tenants/{pk}/restore/": Sample(
        address=_TENANT, operator=True, prepare=close_for_deletion
    ),
    "POST /api/v1/tenants/{pk}/admins/": Sample(
        201,
        address=_TENANT,
        operator=True,
        body=lambda _: {"username": "first", "email": "first@example.com"},
        prepare=lambda _: UserRole.objects.filter(role__key="admin").delete(),
    ),
}
