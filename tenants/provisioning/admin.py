"""Placements in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, QuerySet

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from tenants import badges
from tenants.models import Placement, PlacementStatus
from tenants.permissions import UPDATE_PLACEMENT, VIEW_PLACEMENT
from tenants.provisioning.services import retry_placement

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


def _has_failed(placement: Placement) -> bool:
    return placement.status == PlacementStatus.FAILED


@admin.register(Placement, site=site)
class PlacementAdmin(ActingAdmin):
    """The PostgreSQL schemas, and how full they are; the provisioner alone makes them."""

    permissions: ClassVar = {"view": VIEW_PLACEMENT, "retry": UPDATE_PLACEMENT}
    actions_detail: ClassVar = ["retry"]
    icon = "dns"
    purpose = "The schemas that hold tenants, and their room"
    list_display = ("schema_name", "kind_badge", "readiness", "filled", "created_at")
    list_filter = ("kind", "status")
    search_fields = ("schema_name",)
    view_fieldsets = (
        (None, {"fields": ["schema_name", "kind_badge", "readiness", "filled", "created_at"]}),
        ("Schema", {"fields": ["migrations", "failure"]}),
    )
    help_texts: ClassVar = {
        "failure": "What went wrong. Remove the cause, then press Try again.",
        "migrations": "Which migrations it has; the same text in two placements is the same state.",
    }
    readonly_fields = ("kind_badge", "readiness", "filled")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Placements with the number of their tenants."""
        counted: QuerySet[Any] = (
            super().get_queryset(request).annotate(tenant_count=Count("tenants"))
        )
        return counted

    @display(description="kind", ordering="kind")
    def kind_badge(self, placement: Placement) -> SafeString:
        """Who shares it."""
        return badges.kind(placement)

    @display(description="status", ordering="status")
    def readiness(self, placement: Placement) -> SafeString:
        """How far its schema has come."""
        return badges.readiness(placement)

    @display(description="tenants", ordering="tenant_count")
    def filled(self, placement: Any) -> str:
        """How many tenants it has, of how many it can take."""
        return f"{placement.tenant_count} of {placement.capacity}"

    @confirmed(
        title="Try again",
        question="Have the provisioner make {} again? Do it once the cause of the failure is "
        "fixed; what is there already is kept.",
        verb="retry",
        icon="replay",
        when=_has_failed,
    )
    def retry(self, request: HttpRequest, placement: Placement) -> str:
        """Have it made again."""
        retry_placement(placement, actor=actor_of(request))
        return f"{placement} waits for the provisioner."
