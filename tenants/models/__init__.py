"""The shared tables (placements, tenants, domains, work on them) and the bases of owned ones."""

from tenants.models.base import RevisedModel, TenantModel
from tenants.models.domain import Domain
from tenants.models.fields import TenantForeignKey
from tenants.models.fleet import (
    MigrationRun,
    PlacementMigration,
    PlacementMigrationStatus,
    RunStatus,
)
from tenants.models.operation import Operation, OperationKind, OperationStatus
from tenants.models.placement import Placement, PlacementKind, PlacementStatus
from tenants.models.tenant import (
    PLATFORM_SLUG,
    PLATFORM_TENANT_ID,
    Tenant,
    TenantStatus,
    Tier,
)

__all__ = [
    "PLATFORM_SLUG",
    "PLATFORM_TENANT_ID",
    "Domain",
    "MigrationRun",
    "Operation",
    "OperationKind",
    "OperationStatus",
    "Placement",
    "PlacementKind",
    "PlacementMigration",
    "PlacementMigrationStatus",
    "PlacementStatus",
    "RevisedModel",
    "RunStatus",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "TenantStatus",
    "Tier",
]
