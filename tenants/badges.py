"""The colours of what tenants and placements can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.admin.display import DANGER, INFO, PLAIN, SUCCESS, WARNING, badge
from tenants.models import (
    OperationStatus,
    PlacementKind,
    PlacementStatus,
    RunStatus,
    TenantStatus,
    Tier,
)

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from tenants.models import MigrationRun, Operation, Placement, Tenant

_STATUS = {
    TenantStatus.ACTIVE: SUCCESS,
    TenantStatus.PROVISIONING: WARNING,
    TenantStatus.INVITED: WARNING,
    TenantStatus.SUSPENDED: DANGER,
    TenantStatus.PENDING_DELETION: DANGER,
}
_TIER = {Tier.STANDARD: PLAIN, Tier.ENTERPRISE: INFO}
_KIND = {
    PlacementKind.POOL: PLAIN,
    PlacementKind.DEDICATED: INFO,
    PlacementKind.PLATFORM: WARNING,
    PlacementKind.TEMPLATE: PLAIN,
}
_READINESS = {
    PlacementStatus.READY: SUCCESS,
    PlacementStatus.PENDING: WARNING,
    PlacementStatus.FAILED: DANGER,
}
_OPERATION = {
    OperationStatus.QUEUED: WARNING,
    OperationStatus.RUNNING: INFO,
    OperationStatus.DONE: SUCCESS,
    OperationStatus.FAILED: DANGER,
    OperationStatus.CANCELLED: PLAIN,
}
_RUN = {
    RunStatus.RUNNING: INFO,
    RunStatus.DONE: SUCCESS,
    RunStatus.FAILED: DANGER,
    RunStatus.STOPPED: WARNING,
}


def status(tenant: Tenant) -> SafeString:
    """Whether the tenant may be used."""
    return badge(tenant.status, _STATUS[TenantStatus(tenant.status)])


def tier(tenant: Tenant) -> SafeString:
    """How the tenant is isolated; the long form on hover."""
    value = Tier(tenant.tier)
    return badge(value, _TIER[value], title=value.label)


def kind(placement: Placement) -> SafeString:
    """Who shares the placement; the long form on hover."""
    value = PlacementKind(placement.kind)
    return badge(value, _KIND[value], title=value.label)


def readiness(placement: Placement) -> SafeString:
    """How far the placement's schema has come."""
    value = PlacementStatus(placement.status)
    return badge(value, _READINESS[value], title=value.label)


def operation(work: Operation) -> SafeString:
    """How far work on a tenant is."""
    value = OperationStatus(work.status)
    return badge(value, _OPERATION[value], title=value.label)


def migration_run(run: MigrationRun) -> SafeString:
    """How a run of migrations stands; the long form on hover."""
    value = RunStatus(run.status)
    return badge(value, _RUN[value], title=value.label)
