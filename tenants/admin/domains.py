"""Domains in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.display import SUCCESS, WARNING, badge
from iac_platform.admin.site import site
from tenants.models import Domain
from tenants.permissions import MANAGE_DOMAIN, VIEW_DOMAIN
from tenants.services.domains import add_domain, remove_domain, verify_domain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


def _is_unverified(domain: Domain) -> bool:
    return domain.verified_at is None


@admin.register(Domain, site=site)
class DomainAdmin(ActingAdmin):
    """Host names of tenants: added, marked as verified, removed; never moved to another."""

    permissions: ClassVar = {
        "view": VIEW_DOMAIN,
        "add": MANAGE_DOMAIN,
        "verify": MANAGE_DOMAIN,
        "delete": MANAGE_DOMAIN,
    }
    icon = "language"
    purpose = "Host names of tenants, and their verification"
    list_display = ("domain", "tenant", "is_primary", "verified", "created_at")
    list_filter = ("is_primary",)
    list_select_related = ("tenant",)
    search_fields = ("domain", "tenant__slug", "tenant__name")
    autocomplete_fields = ("tenant",)
    actions_detail: ClassVar = ["verify"]
    readonly_fields = ("verified",)
    add_fieldsets = (
        (
            None,
            {
                "fields": ["domain", "tenant"],
                "description": "The domain is served once you have marked it as verified.",
            },
        ),
    )
    view_fieldsets = (
        (None, {"fields": ["domain", "tenant", "is_primary", "verified", "created_at"]}),
    )

    @display(description="verified", ordering="verified_at")
    def verified(self, domain: Domain) -> SafeString:
        """Since when the domain is served."""
        if domain.verified_at is None:
            return badge("not verified", WARNING)
        return badge("verified", SUCCESS, title=f"since {domain.verified_at:%Y-%m-%d %H:%M} UTC")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A primary domain stays: it is the tenant's own address."""
        return super().has_delete_permission(request, obj) and not getattr(obj, "is_primary", False)

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Domain:
        """Add the domain."""
        actor: Any = request.user
        return add_domain(data["tenant"], domain=data["domain"], actor=actor)

    def remove(self, request: HttpRequest, obj: Domain) -> None:
        """Remove the domain."""
        actor: Any = request.user
        remove_domain(obj, actor=actor)

    @confirmed(
        title="Mark as verified",
        question="Have you made sure that {} belongs to this tenant, for instance by a DNS record "
        "that only its owner can set? It is served from then on.",
        verb="verify",
        icon="verified",
        when=_is_unverified,
    )
    def verify(self, request: HttpRequest, domain: Domain) -> str:
        """Mark the domain as verified."""
        actor: Any = request.user
        verify_domain(domain, actor=actor)
        return f"{domain} is verified and served."
