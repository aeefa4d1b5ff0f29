"""People's second factors, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin

from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.site import site
from rbac.permissions import UPDATE_USER
from sso.second_factors.models import SecondFactor
from sso.second_factors.services.factors import remove_factor

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(SecondFactor, site=site)
class SecondFactorAdmin(PermittedAdmin):
    """Who has which second factor; one that was lost is deleted here."""

    permissions: ClassVar = {"view": UPDATE_USER, "delete": UPDATE_USER}
    services = Services(delete=remove_factor)
    icon = "phonelink_lock"
    purpose = "Who has which second factor; delete one that somebody has lost"
    delete_warning = (
        "Its owner's sessions end. With their last second factor go the recovery codes: their "
        "password alone signs them in then, or sets up a new one where the tenant requires it."
    )
    list_display = ("user", "kind", "name", "created_at", "last_used_at")
    list_display_links = ("user",)
    list_select_related = ("user",)
    list_filter = ("kind",)
    search_fields = ("user__username",)
    view_fieldsets = (
        (None, {"fields": ["user", "kind", "name", "host"]}),
        ("Times", {"fields": ["created_at", "last_used_at"]}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """People set them up themselves."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that were shown once."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(confirmed_at__isnull=False).defer("secret", "public_key")
