"""A placement that failed is made again when an operator says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from iac_platform.common.errors import ObjectNotFound
from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.lifecycle.services import cancel_deletion, request_deletion
from tenants.models import Placement, PlacementStatus, Tenant, TenantStatus, Tier
from tenants.operations.upkeep import provision_pending
from tenants.provisioning.services import PlacementHasNotFailed, retry_placement
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from tests.conftest import Person


@pytest.fixture
def failed(operator: Tenant) -> Placement:
    with tenant_scope(operator):
        return Placement.objects.create(
            schema_name="pool_997",
            kind="pool",
            status=PlacementStatus.FAILED,
            failure="no space left on device",
        )


def test_it_waits_again_and_the_log_keeps_why_it_failed(
    failed: Placement, operator: Tenant
) -> None:
    with tenant_scope(operator):
        retried = retry_placement(failed, actor=ACTOR)
        entry = AuditEntry.objects.get(action="placement.retry")
        failed.refresh_from_db()
    assert (
        (failed.status, failed.failure)
        == (PlacementStatus.PENDING, "")
        == (
            retried.status,
            retried.failure,
        )
    )
    assert entry.changes == {"failure": ["no space left on device", ""]}


@pytest.mark.parametrize("status", [PlacementStatus.READY, PlacementStatus.PENDING])
def test_what_has_not_failed_is_left_alone(
    failed: Placement, operator: Tenant, status: PlacementStatus
) -> None:
    with tenant_scope(operator):
        Placement.objects.filter(pk=failed.pk).update(status=status)
        with pytest.raises(PlacementHasNotFailed, match=f"is {status}"):
            retry_placement(failed, actor=ACTOR)
        assert not AuditEntry.objects.filter(action="placement.retry").exists()


def test_a_placement_that_is_erased_with_its_tenant_is_not_made_again(
    umbrella: Tenant, operator: Tenant
) -> None:
    """Its schema would be there, and nobody's, once the tenant is gone."""
    with tenant_scope(operator):
        Placement.objects.filter(pk=umbrella.placement_id).update(status=PlacementStatus.FAILED)
        request_deletion(umbrella, actor=ACTOR)
        with pytest.raises(PlacementHasNotFailed, match="goes with its tenant"):
            retry_placement(umbrella.placement, actor=ACTOR)
        cancel_deletion(umbrella, actor=ACTOR)
        assert retry_placement(umbrella.placement, actor=ACTOR).status == PlacementStatus.PENDING


def test_no_tenants_scope_can_do_it(failed: Placement, acme: Tenant) -> None:
    with tenant_scope(acme), pytest.raises(ObjectNotFound):
        retry_placement(failed, actor=ACTOR)


def test_in_the_admin_it_asks_first(failed: Placement, operator: Tenant, person: Person) -> None:
    staff = AdminClient(operator, person(operator, "operator"))
    assert "once the cause" in staff.page("tenants_placement_retry", failed.pk)
    failed.refresh_from_db()
    assert failed.status == PlacementStatus.FAILED
    assert staff.submit("tenants_placement_retry", failed.pk).status_code == 302
    failed.refresh_from_db()
    assert failed.status == PlacementStatus.PENDING
    again = staff.post(f"/admin/tenants/placement/{failed.pk}/retry/", follow=True)
    assert "does not apply" in again.content.decode()


def test_the_admin_of_a_tenant_cannot(failed: Placement, acme: Tenant, person: Person) -> None:
    insider = AdminClient(acme, person(acme, "admin"))
    assert insider.submit("tenants_placement_retry", failed.pk).status_code == 404
    failed.refresh_from_db()
    assert failed.status == PlacementStatus.FAILED


def test_the_command_and_the_provisioner_bring_a_waiting_tenant_in(
    committed_tenants: ThrowawayTenants,
) -> None:
    tenant = committed_tenants(Tier.ENTERPRISE)
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {tenant.schema_name} CASCADE")
        Placement.objects.filter(pk=tenant.placement_id).update(status=PlacementStatus.FAILED)
        Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.PROVISIONING)
    call_command("retry_placement", tenant.schema_name)
    provision_pending()
    tenant = Tenant.objects.select_related("placement").get(pk=tenant.pk)
    assert tenant.is_usable
    with pytest.raises(CommandError, match="is ready"):
        call_command("retry_placement", tenant.schema_name)
    with pytest.raises(CommandError, match="no placement"):
        call_command("retry_placement", "pool_000")
    with as_owner(), tenant_scope(platform()):
        AuditEntry.objects.filter(subject_id=str(tenant.placement_id)).delete()
