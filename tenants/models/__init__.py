"""The shared tables (placements, tenants, domains) and the bases of tenant-owned ones."""

from tenants.models.base import RevisedModel, TenantModel
from tenants.models.fields import TenantForeignKey
from tenants.models.placement import Placement, PlacementKind, PlacementStatus
from tenants.models.tenant import (
    PLATFORM_SLUG,
    PLATFORM_TENANT_ID,
    Domain,
    Tenant,
    TenantStatus,
    Tier,
)

__all__ = [
    "PLATFORM_SLUG",
    "PLATFORM_TENANT_ID",
    "Domain",
    "Placement",
    "PlacementKind",
    "PlacementStatus",
    "RevisedModel",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "TenantStatus",
    "Tier",
]
