"""What operators do with placements that could not be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from iac_platform.common import audit
from iac_platform.common.errors import DomainError, ErrorKind
from tenants.models import Placement, PlacementKind, PlacementStatus, TenantStatus
from tenants.operations.queue import request_upkeep

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor


class PlacementHasNotFailed(DomainError):
    """Only a placement that failed is made again."""

    code = "placement-has-not-failed"
    title = "The placement has not failed"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def retry_placement(placement: Placement, *, actor: Actor) -> Placement:
    """Have the provisioner make a placement that failed once more; wakes it on commit.

    Call it in the operator's scope. Tenants that wait for the placement become active
    when it is ready.

    Raises:
        PlacementHasNotFailed: it is ready, waits already, or goes with its tenant.
    """
    fresh = Placement.objects.select_for_update().get(pk=placement.pk)
    if fresh.status != PlacementStatus.FAILED:
        raise PlacementHasNotFailed(f"{fresh.schema_name} is {fresh.status}.")
    going = fresh.tenants.filter(status=TenantStatus.PENDING_DELETION)
    if fresh.kind == PlacementKind.DEDICATED and going.exists():
        raise PlacementHasNotFailed(f"{fresh.schema_name} goes with its tenant.")
    failure, fresh.status, fresh.failure = fresh.failure, PlacementStatus.PENDING, ""
    # Not save(): django-tenants' would consider the schema.
    Placement.objects.filter(pk=fresh.pk).update(status=fresh.status, failure=fresh.failure)
    audit.record("placement.retry", fresh, actor=actor, changes={"failure": [failure, ""]})
    request_upkeep()
    return fresh
