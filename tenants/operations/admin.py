"""Work on tenants in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.display import changes_table, moment, table
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from tenants import badges
from tenants.models import Operation, OperationStatus, Tenant
from tenants.operations.services import cancel_operation, retry_operation
from tenants.permissions import UPDATE_OPERATION, VIEW_OPERATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from django.utils.safestring import SafeString


def _has_failed(operation: Operation) -> bool:
    return operation.status == OperationStatus.FAILED


def _has_not_begun(operation: Operation) -> bool:
    return operation.status == OperationStatus.QUEUED


_ONGOING = frozenset({OperationStatus.QUEUED, OperationStatus.RUNNING})


def progress_text(operation: Operation) -> str:
    """How far an operation is, in words.

    The row keeps the last step of the last attempt. Of one that waits, is done or was
    withdrawn that says nothing.
    """
    if operation.status not in {OperationStatus.RUNNING, OperationStatus.FAILED}:
        return "-"
    step = operation.step or "starting"
    if operation.total:
        step = f"{step}: {operation.done:,} of {operation.total:,}"
    return f"stopped at {step}" if operation.status == OperationStatus.FAILED else step


def operations_table(operations: Iterable[Operation]) -> SafeString:
    """Operations, each with the way to its page."""
    rows = [
        (
            format_html(
                '<a href="{}">{}</a>',
                reverse("admin:tenants_operation_change", args=[each.pk]),
                each.get_kind_display(),
            ),
            badges.operation(each),
            progress_text(each),
            each.requested_by,
            moment(each.created_at),
        )
        for each in operations
    ]
    return table(["Operation", "Status", "Progress", "Requested by", "When"], rows, empty="None.")


def _progress_display(operation: Operation) -> SafeString:
    running = operation.status == OperationStatus.RUNNING
    context = {
        "badge": badges.operation(operation),
        "text": progress_text(operation),
        "operation": operation,
        "measured": running and operation.total > 0,
        "address": reverse("admin:tenants_operation_progress", args=[operation.pk]),
        "ongoing": operation.status in _ONGOING,
    }
    return render_to_string("tenants/progress.html", context)


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
    help_texts: ClassVar = {
        "failure": "What went wrong. Remove the cause, then try again.",
        "attempts": "How often it was begun; it is given up after some interruptions.",
    }
    readonly_fields = ("tenant", "live", "asked_for", "outcome")
    view_fieldsets = (
        (None, {"fields": ["kind", "tenant", "live"]}),
        ("Request", {"fields": ["requested_by", "asked_for", "created_at"]}),
        ("Outcome", {"fields": ["attempts", "started_at", "finished_at", "failure", "outcome"]}),
    )

    @display(description="status", ordering="status")
    def status_badge(self, operation: Operation) -> SafeString:
        """How far it is."""
        return badges.operation(operation)

    @display(description="progress")
    def progress(self, operation: Operation) -> str:
        """The present step, and how much of it is done; where it stopped, once it has."""
        return progress_text(operation)

    @display(description="progress")
    def live(self, operation: Operation) -> SafeString:
        """The same on the operation's page, kept up to date while it goes on."""
        return _progress_display(operation)

    @display(description="tenant")
    def tenant(self, operation: Operation) -> SafeString | str:
        """The way to the tenant, while there is one."""
        found = Tenant.objects.filter(pk=operation.tenant_id).first()
        if found is None:
            return f"{operation.subject}, which is deleted"
        address = reverse("admin:tenants_tenant_change", args=[found.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', address, found)

    def get_urls(self) -> list[Any]:
        """With the address of an operation's progress, which its page asks for by itself."""
        view = self.admin_site.admin_view(self.progress_view)
        name = "tenants_operation_progress"
        return [path("<path:object_id>/progress/", view, name=name), *super().get_urls()]

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of an operation's page that tells how far it is.

        Once it has ended the page is loaded afresh, whose buttons and dates are others then.

        Raises:
            Http404: there is none, or the user may not see it.
        """
        operation = self.acted_on(request, object_id, "view")
        answer = HttpResponse(_progress_display(operation), headers={"Cache-Control": "no-store"})
        if operation.status not in _ONGOING and request.headers.get("HX-Request"):
            answer.headers["HX-Refresh"] = "true"
        return answer

    @display(description="parameters")
    def asked_for(self, operation: Operation) -> SafeString | str:
        """What was asked for."""
        return changes_table(operation.parameters) if operation.parameters else "-"

    @display(description="result")
    def outcome(self, operation: Operation) -> SafeString | str:
        """What came of it."""
        return changes_table(operation.result) if operation.result else "-"

    @confirmed(
        title="Try again",
        question="Queue “{}” once more? What it did so far is kept or undone as needed.",
        verb="retry",
        icon="replay",
        when=_has_failed,
    )
    def retry(self, request: HttpRequest, operation: Operation) -> str:
        """Queue it once more."""
        retry_operation(operation, actor=actor_of(request))
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
        cancel_operation(operation, actor=actor_of(request))
        return f"“{operation}” is cancelled."
