"""Work on tenants in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.display import changes_table
from iac_platform.admin.site import site
from tenants.admin import badges
from tenants.models import Operation, OperationStatus
from tenants.permissions import UPDATE_OPERATION, VIEW_OPERATION
from tenants.services.operations import cancel_operation, retry_operation

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


def _has_failed(operation: Operation) -> bool:
    return operation.status == OperationStatus.FAILED


def _has_not_begun(operation: Operation) -> bool:
    return operation.status == OperationStatus.QUEUED


@admin.register(Operation, site=site)
class OperationAdmin(ActingAdmin):
    """Provisioning, moves and deletions, their progress and how they ended."""

    permissions: ClassVar = {
        "view": VIEW_OPERATION,
        "retry": UPDATE_OPERATION,
        "cancel": UPDATE_OPERATION,
    }
    icon = "pending_actions"
    purpose = "Follow provisioning, moves and deletions"
    list_display = ("subject", "kind", "status_badge", "progress", "requested_by", "created_at")
    list_filter = ("kind", "status")
    search_fields = ("subject",)
    actions_detail: ClassVar = ["retry", "cancel"]
    readonly_fields = ("status_badge", "progress", "asked_for", "told")
    view_fieldsets = (
        (None, {"fields": ["kind", "subject", "tenant_id", "status_badge", "progress"]}),
        ("Request", {"fields": ["requested_by", "asked_for", "created_at"]}),
        ("End", {"fields": ["attempts", "started_at", "finished_at", "failure", "told"]}),
    )

    @display(description="status", ordering="status")
    def status_badge(self, operation: Operation) -> SafeString:
        """How far it is."""
        return badges.operation(operation)

    @display(description="progress")
    def progress(self, operation: Operation) -> str:
        """The present step, and how much of it is done."""
        if not operation.total:
            return operation.step or "-"
        return f"{operation.step}: {operation.done:,} of {operation.total:,}"

    @display(description="parameters")
    def asked_for(self, operation: Operation) -> SafeString:
        """What was asked for."""
        return changes_table(operation.parameters)

    @display(description="result")
    def told(self, operation: Operation) -> SafeString:
        """What came of it."""
        return changes_table(operation.result)

    @confirmed(
        title="Try again",
        question="Queue “{}” once more? What it did so far is kept or undone as needed.",
        verb="retry",
        icon="replay",
        when=_has_failed,
    )
    def retry(self, request: HttpRequest, operation: Operation) -> str:
        """Queue it once more."""
        actor: Any = request.user
        retry_operation(operation, actor=actor)
        return f"“{operation}” is queued."

    @confirmed(
        title="Cancel",
        question="Withdraw “{}”? It has not begun, so nothing is undone.",
        verb="cancel",
        icon="cancel",
        danger=True,
        when=_has_not_begun,
    )
    def cancel(self, request: HttpRequest, operation: Operation) -> str:
        """Withdraw it."""
        actor: Any = request.user
        cancel_operation(operation, actor=actor)
        return f"“{operation}” is cancelled."
