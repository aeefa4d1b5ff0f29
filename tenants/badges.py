"""The colours of what tenants and placements can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from collections.abc import Mapping

    from django.db.models import TextChoices
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
    return _labelled(Tier(tenant.tier), _TIER)


def kind(placement: Placement) -> SafeString:
    """Who shares the placement; the long form on hover."""
    return _labelled(PlacementKind(placement.kind), _KIND)


def readiness(placement: Placement) -> SafeString:
    """How far the placement's schema has come."""
    return _labelled(PlacementStatus(placement.status), _READINESS)


def operation(work: Operation) -> SafeString:
    """How far work on a tenant is."""
    return _labelled(OperationStatus(work.status), _OPERATION)


def migration_run(run: MigrationRun) -> SafeString:
    """How a run of migrations stands; the long form on hover."""
    return _labelled(RunStatus(run.status), _RUN)


def _labelled(value: TextChoices, colours: Mapping[Any, str]) -> SafeString:
    return badge(value, colours[value], title=str(value.label))
