from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.models import Operation, OperationKind, OperationStatus

if TYPE_CHECKING:
    from tests.admin_client import AdminClient


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
