from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.models import Operation, OperationKind, OperationStatus
from tenants.operations.admin import progress_text
from tests.admin_client import AdminClient, address_of

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


def made(operators: AdminClient, status: OperationStatus, **fields: object) -> Operation:
    with tenant_scope(operators.tenant):
        return Operation.objects.create(
            kind=OperationKind.MOVE,
            tenant_id=uuid.uuid4(),
            subject="initech",
            status=status,
            requested_by="olga",
            **fields,
        )


def status_of(operators: AdminClient, operation: Operation) -> str:
    with tenant_scope(operators.tenant):
        return Operation.objects.get(pk=operation.pk).status


def test_progress_and_failures_are_shown(operators: AdminClient) -> None:
    made(operators, OperationStatus.RUNNING, step="copying rows", done=1500, total=20000)
    failed = made(operators, OperationStatus.FAILED, failure="ValueError: the target is full")
    listed = operators.page("tenants_operation_changelist")
    assert "copying rows: 1,500 of 20,000" in listed
    page = operators.page("tenants_operation_change", failed.pk)
    assert "the target is full" in page
    assert "olga" in page


def test_a_failed_operation_is_tried_again_after_a_question(operators: AdminClient) -> None:
    failed = made(operators, OperationStatus.FAILED)
    assert "once more" in operators.page("tenants_operation_retry", failed.pk)
    assert status_of(operators, failed) == OperationStatus.FAILED
    assert operators.submit("tenants_operation_retry", failed.pk).status_code == 302
    assert status_of(operators, failed) == OperationStatus.QUEUED
    with tenant_scope(operators.tenant):
        assert AuditEntry.objects.filter(action="operation.retry").count() == 1


def test_only_what_has_not_begun_is_cancelled(operators: AdminClient) -> None:
    queued, running = (
        made(operators, s) for s in (OperationStatus.QUEUED, OperationStatus.RUNNING)
    )
    operators.submit("tenants_operation_cancel", queued.pk)
    operators.submit("tenants_operation_cancel", running.pk)
    assert status_of(operators, queued) == OperationStatus.CANCELLED
    assert status_of(operators, running) == OperationStatus.RUNNING


def test_progress_is_told_of_what_goes_on_and_where_a_failure_stopped(
    operators: AdminClient,
) -> None:
    texts = {
        OperationStatus.QUEUED: "-",
        OperationStatus.RUNNING: "copying rows: 1,500 of 20,000",
        OperationStatus.FAILED: "stopped at copying rows: 1,500 of 20,000",
        OperationStatus.DONE: "-",
        OperationStatus.CANCELLED: "-",
    }
    assert set(texts) == set(OperationStatus)
    for status, text in texts.items():
        work = made(operators, status, step="copying rows", done=1500, total=20000)
        assert progress_text(work) == text
        page = operators.page("tenants_operation_change", work.pk)
        assert ("copying rows" in page) == (text != "-")


def test_the_page_asks_for_progress_until_the_operation_has_ended(operators: AdminClient) -> None:
    work = made(operators, OperationStatus.RUNNING, step="copying rows", done=1, total=4)
    address = address_of(work, "progress")
    assert f'hx-get="{address}"' in operators.page("tenants_operation_change", work.pk)
    first = operators.get(address, headers={"HX-Request": "true"})
    assert "copying rows: 1 of 4" in first.content.decode()
    assert "<html" not in first.content.decode()
    assert "no-store" in first["Cache-Control"]
    assert "HX-Refresh" not in first.headers
    with tenant_scope(operators.tenant):
        Operation.objects.filter(pk=work.pk).update(status=OperationStatus.DONE)
    last = operators.get(address, headers={"HX-Request": "true"})
    assert "hx-get" not in last.content.decode()
    assert last["HX-Refresh"] == "true", "its buttons and dates are others now"
    assert f'hx-get="{address}"' not in operators.page("tenants_operation_change", work.pk)


def test_progress_is_for_those_who_may_see_operations(
    operators: AdminClient, acme: Tenant, person: Person
) -> None:
    work = made(operators, OperationStatus.RUNNING)
    address = address_of(work, "progress")
    assert AdminClient(acme, person(acme, "admin")).get(address).status_code == 404
    assert operators.get(address.replace(str(work.pk), str(uuid.uuid4()))).status_code == 404
    assert operators.get(address).status_code == 200


def test_an_operation_leads_to_its_tenant_while_there_is_one(
    operators: AdminClient, acme: Tenant
) -> None:
    gone = made(operators, OperationStatus.DONE)
    assert "initech, which is deleted" in operators.page("tenants_operation_change", gone.pk)
    with tenant_scope(operators.tenant):
        work = Operation.objects.create(
            kind=OperationKind.MOVE, tenant_id=acme.pk, subject="acme", requested_by="olga"
        )
    assert address_of(acme) in operators.page("tenants_operation_change", work.pk)
    assert address_of(work) in operators.page("tenants_tenant_change", acme.pk)
