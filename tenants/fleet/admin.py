"""Runs of migrations over the fleet in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, Q, QuerySet

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.display import table
from iac_platform.admin.site import site
from tenants import badges
from tenants.models import MigrationRun, PlacementMigrationStatus
from tenants.permissions import VIEW_PLACEMENT

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_SHOWN = 100


def _number(status: str) -> Count:
    return Count("placements", filter=Q(placements__status=status))


@admin.register(MigrationRun, site=site)
class MigrationRunAdmin(ReadOnlyAdmin):
    """What ``manage.py migrate_schemas`` did; it alone writes here."""

    permissions: ClassVar = {"view": VIEW_PLACEMENT}
    icon = "upgrade"
    purpose = "How migrations of all placements went"
    list_display = ("started_at", "status_badge", "counted", "canary", "finished_at")
    list_filter = ("status",)
    help_texts: ClassVar = {
        "failure": "What went wrong. Run migrate_schemas again: it goes on where it stopped.",
        "target": "The state that all placements are to reach.",
        "canary": "The placement that went first, alone.",
    }
    readonly_fields = ("status_badge", "counted", "names", "failed")
    view_fieldsets = (
        (None, {"fields": ["started_at", "finished_at", "status_badge", "failure"]}),
        ("Migrations", {"fields": ["names", "target", "canary"]}),
        ("Placements", {"fields": ["counted", "failed"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Runs with the numbers of their placements."""
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                number=Count("placements"),
                number_done=_number(PlacementMigrationStatus.DONE),
                number_failed=_number(PlacementMigrationStatus.FAILED),
            )
        )
        return counted

    @display(description="status", ordering="status")
    def status_badge(self, run: MigrationRun) -> SafeString:
        """How it stands."""
        return badges.migration_run(run)

    @display(description="placements")
    def counted(self, run: Any) -> str:
        """How many are done."""
        return f"{run.number_done:,} of {run.number:,} done, {run.number_failed:,} failed"

    @display(description="migrations")
    def names(self, run: MigrationRun) -> str:
        """What was pending."""
        return ", ".join(run.migrations) or "-"

    @display(description="failed")
    def failed(self, run: MigrationRun) -> SafeString:
        """The placements that failed, and why; the first of them."""
        failed = run.placements.filter(status=PlacementMigrationStatus.FAILED)
        rows = failed.order_by("placement__schema_name").values_list(
            "placement__schema_name", "attempts", "failure"
        )
        return table(["Placement", "Attempts", "Reason"], rows[:_SHOWN], empty="None.")
