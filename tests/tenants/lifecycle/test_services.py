"""A tenant's life: the table of its statuses, and nothing beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from iac_platform.common.errors import RevisionConflict
from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.errors import DeletionUnderWay, PlatformIsFixed, WrongStatus
from tenants.lifecycle.services import (
    TRANSITIONS,
    cancel_deletion,
    change_status,
    operators_scope,
    request_deletion,
    switch,
)
from tenants.models import OperationKind, Tenant, TenantStatus
from tenants.queue import enqueue
from tests.admin_client import AdminClient, address_of
from tests.conftest import ACTOR, Api

if TYPE_CHECKING:
    from tests.conftest import Person

ALL = list(TenantStatus)
ANY_REVISION = {"If-Match": "*"}


def become(tenant: Tenant, status: str) -> Tenant:
    with operators_scope():
        Tenant.objects.filter(pk=tenant.pk).update(status=status)
        return Tenant.objects.select_related("placement").get(pk=tenant.pk)


@pytest.mark.parametrize("after", ALL)
@pytest.mark.parametrize("before", ALL)
def test_a_tenant_moves_as_the_table_says_and_not_otherwise(
    acme: Tenant, before: TenantStatus, after: TenantStatus
) -> None:
    tenant = become(acme, before)
    with operators_scope():
        if (before, after) not in TRANSITIONS:
            with pytest.raises(WrongStatus, match="and cannot become"):
                change_status(tenant, after, actor=ACTOR)
            assert Tenant.objects.get(pk=tenant.pk).status == before
            return
        log = AuditEntry.objects.filter(subject_id=str(tenant.pk))
        earlier = set(log.values_list("pk", flat=True))
        moved = change_status(tenant, after, actor=ACTOR)
        assert (moved.status, moved.revision) == (after, tenant.revision + 1)
        (entry,) = log.exclude(pk__in=earlier)
        assert entry.action == TRANSITIONS[before, after]
        assert entry.changes["status"] == [before, after]


@pytest.mark.parametrize("status", ALL)
def test_naming_a_status_only_suspends_and_reactivates(acme: Tenant, status: TenantStatus) -> None:
    for wanted in (TenantStatus.ACTIVE, TenantStatus.SUSPENDED):
        tenant = become(acme, status)
        with operators_scope():
            if status in (TenantStatus.ACTIVE, TenantStatus.SUSPENDED):
                assert switch(tenant, wanted, actor=ACTOR).status == wanted
            else:
                with pytest.raises(WrongStatus, match="only active tenants can be suspended"):
                    switch(tenant, wanted, actor=ACTOR)


@pytest.mark.parametrize("before", [TenantStatus.ACTIVE, TenantStatus.SUSPENDED])
def test_a_deletion_can_be_taken_back(tenant: Tenant, settings: Any, before: TenantStatus) -> None:
    settings.TENANT_DELETION_GRACE_DAYS = 7
    with operators_scope():
        closed = request_deletion(become(tenant, before), actor=ACTOR, reason="contract ended")
        assert closed.deletion_due_at is not None
        assert closed.deletion_due_at - timezone.now() > timedelta(days=6, hours=23)
        entry = AuditEntry.objects.get(action="tenant.request_deletion")
        assert entry.changes["reason"] == "contract ended"
        with pytest.raises(WrongStatus, match="and cannot become"):
            request_deletion(closed, actor=ACTOR)
        restored = cancel_deletion(closed, actor=ACTOR)
        assert (restored.status, restored.deletion_due_at) == (before, None)
        with pytest.raises(WrongStatus, match="Nobody has requested"):
            cancel_deletion(restored, actor=ACTOR)


def test_what_has_begun_to_be_deleted_cannot_be_brought_back(acme: Tenant) -> None:
    with operators_scope():
        closed = request_deletion(acme, actor=ACTOR)
        operation = enqueue(OperationKind.DELETE, closed, actor=ACTOR)
        for status in ("queued", "running", "failed"):
            operation.status = status
            operation.save()
            with pytest.raises(DeletionUnderWay, match="cannot be brought back"):
                cancel_deletion(closed, actor=ACTOR)
        operation.status = "cancelled"
        operation.save()
        assert cancel_deletion(closed, actor=ACTOR).status == TenantStatus.ACTIVE


def test_a_tenant_that_was_deleted_and_imported_again_can_be_restored_as_any(acme: Tenant) -> None:
    """Its id is the same, and the deletion of its earlier life stays on record."""
    with operators_scope():
        earlier = enqueue(OperationKind.DELETE, acme, actor=ACTOR)
        earlier.status = "done"
        earlier.save()
        closed = request_deletion(acme, actor=ACTOR)
        assert cancel_deletion(closed, actor=ACTOR).status == TenantStatus.ACTIVE


def test_the_operators_tenant_stays(operator: Tenant) -> None:
    with operators_scope():
        for status in (TenantStatus.SUSPENDED, TenantStatus.PENDING_DELETION):
            with pytest.raises(PlatformIsFixed, match="would be locked out"):
                change_status(operator, status, actor=ACTOR)
        with pytest.raises(PlatformIsFixed, match="would be locked out"):
            request_deletion(operator, actor=ACTOR)


def test_a_request_names_the_revision_it_is_based_on(
    operator: Tenant, tenant: Tenant, api: Api
) -> None:
    client, address = api(operator, "operator"), f"/api/v1/tenants/{tenant.pk}/"
    seen = client.get(address)["ETag"]
    assert client.delete(address).status_code == 428
    with (
        operators_scope(),
        pytest.raises(RevisionConflict, match="Read it again and repeat your change"),
    ):
        request_deletion(tenant, actor=ACTOR, revision=tenant.revision + 1)
    closed = client.delete(address, headers={"If-Match": seen})
    assert (closed.status_code, closed.json()["status"]) == (202, "pending_deletion")
    assert client.delete(address, headers={"If-Match": seen}).status_code == 412
    assert client.post(f"{address}restore/").json()["status"] == "active"


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (TenantStatus.INVITED, 403, "tenant-invited"),
        (TenantStatus.SUSPENDED, 403, "tenant-suspended"),
        (TenantStatus.PENDING_DELETION, 403, "tenant-pending-deletion"),
        (TenantStatus.PROVISIONING, 503, "tenant-not-ready"),
    ],
)
def test_the_host_says_why_it_is_closed(
    tenant: Tenant, api: Api, status: TenantStatus, code: int, answer: str
) -> None:
    client = api(tenant)
    assert client.get("/api/v1/me/").status_code == 200
    become(tenant, status)
    for asking in (client, client.at("iac.test")):
        refused = asking.get("/api/v1/me/")
        assert (refused.status_code, refused.json()["code"]) == (code, answer)


def test_the_admin_asks_for_the_slug_before_it_deletes(
    operator: Tenant, tenant: Tenant, person: Person
) -> None:
    admin = AdminClient(operator, person(operator, "operator"))
    address, restore = (address_of(tenant, page) for page in ("request_deletion", "restore"))
    offered = admin.page("tenants_tenant_change", str(tenant.pk))
    assert address in offered
    assert admin.post(address, {"slug": "another", "reason": ""}).status_code == 200
    assert become(tenant, TenantStatus.ACTIVE).deletion_due_at is None
    done = admin.post(address, {"slug": tenant.slug, "reason": "asked to"})
    assert done.status_code == 302
    with operators_scope():
        assert Tenant.objects.get(pk=tenant.pk).status == TenantStatus.PENDING_DELETION
    assert admin.post(restore).status_code == 302
    with operators_scope():
        assert Tenant.objects.get(pk=tenant.pk).status == TenantStatus.ACTIVE


def test_the_command_asks_somebody_or_refuses(acme: Tenant) -> None:
    del acme
    with pytest.raises(CommandError, match="--yes"):
        call_command("delete_tenant", tenant="acme")
    with pytest.raises(CommandError, match="There is no tenant"):
        call_command("delete_tenant", tenant="nobody", yes=True)
    with tenant_scope(Tenant.objects.select_related("placement").get(slug="acme")):
        assert Tenant.objects.get().status == TenantStatus.ACTIVE
