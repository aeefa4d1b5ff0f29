"""The shared tables (plans, placements, tenants, domains, work) and the bases of owned ones."""

from tenants.models.archiving import EXPORTED, NEVER_EXPORTED, ArchivePolicy, ExportedRows
from tenants.models.audit_anchor import AuditAnchor
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
from tenants.models.permission import CataloguedPermission
from tenants.models.placement import Placement, PlacementKind, PlacementStatus
from tenants.models.service_plan import DEFAULT_PLAN, ServicePlan
from tenants.models.tenant import (
    PLATFORM_SLUG,
    PLATFORM_TENANT_ID,
    Tenant,
    TenantStatus,
    Tier,
)

__all__ = [
    "DEFAULT_PLAN",
    "EXPORTED",
    "NEVER_EXPORTED",
    "PLATFORM_SLUG",
    "PLATFORM_TENANT_ID",
    "ArchivePolicy",
    "AuditAnchor",
    "CataloguedPermission",
    "Domain",
    "ExportedRows",
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
    "ServicePlan",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "TenantStatus",
    "Tier",
]
