"""Placements in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, QuerySet

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.site import site
from tenants.admin import badges
from tenants.models import Placement
from tenants.permissions import VIEW_PLACEMENT

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Placement, site=site)
class PlacementAdmin(ReadOnlyAdmin):
    """The PostgreSQL schemas, and how full they are; the provisioner alone makes them."""

    permissions: ClassVar = {"view": VIEW_PLACEMENT}
    icon = "dns"
    purpose = "The schemas that hold tenants, and their room"
    list_display = ("schema_name", "kind_badge", "readiness", "filled", "created_at")
    list_filter = ("kind", "status")
    search_fields = ("schema_name",)
    view_fieldsets = (
        (None, {"fields": ["schema_name", "kind_badge", "readiness", "filled", "created_at"]}),
        ("Schema", {"fields": ["migrations", "failure"]}),
    )
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
