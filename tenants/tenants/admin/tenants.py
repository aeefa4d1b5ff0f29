"""Tenants in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from iac_platform.admin.actions import confirmed
from iac_platform.admin.display import table
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from tenants import badges
from tenants.lifecycle.admin import DeletesTenants
from tenants.models import Operation, Tenant, TenantStatus
from tenants.moves.admin import MovingAdmin
from tenants.operations.admin import operations_table
from tenants.permissions import (
    CREATE_TENANT,
    DELETE_TENANT,
    MOVE_TENANT,
    UPDATE_TENANT,
    VIEW_TENANT,
)
from tenants.quotas.permissions import OVERRIDE_QUOTAS
from tenants.tenants.admin.addresses import RenamingAdmin
from tenants.tenants.admin.limits import QuotaActions
from tenants.tenants.services import create_tenant, update_tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


class TenantAddForm(ServiceForm):
    """A new tenant."""

    def clean_slug(self) -> str:
        """Slugs are host names, and those know no capitals."""
        slug: str = self.cleaned_data["slug"]
        return slug.lower()


_SHOWN_OPERATIONS = 5
_STATE = ("slug", "status_badge", "tier_badge")


def _can_be_suspended(tenant: Tenant) -> bool:
    return tenant.status == TenantStatus.ACTIVE and not tenant.is_platform


def _is_suspended(tenant: Tenant) -> bool:
    return tenant.status == TenantStatus.SUSPENDED


@admin.register(Tenant, site=site)
class TenantAdmin(RenamingAdmin, MovingAdmin, QuotaActions, DeletesTenants):
    """Customers: created in either tier, renamed, suspended, reactivated and deleted."""

    permissions: ClassVar = {
        "view": VIEW_TENANT,
        "add": CREATE_TENANT,
        "change": UPDATE_TENANT,
        "move": MOVE_TENANT,
        "override": OVERRIDE_QUOTAS,
        "erase": DELETE_TENANT,
    }
    icon = "apartment"
    purpose = "Create, suspend and delete customers"
    form = RevisedForm
    add_form = TenantAddForm
    # The slug has a page of its own, as the tenant's address moves with it.
    fixed_fields = ("slug", "invitee")
    list_display = ("name", "slug", "tier_badge", "plan", "status_badge", "placement", "created_at")
    list_filter = ("tier", "plan", "status", "placement__kind")
    list_select_related = ("placement", "plan")
    search_fields = ("name", "slug")
    search_help_text = "Search by name or slug"
    actions_detail: ClassVar = [
        # By what they are for: side by side they would be nine.
        {"title": "Change", "icon": "tune", "items": ["set_limits", "move", "change_slug"]},
        {
            "title": "Lifecycle",
            "icon": "power_settings_new",
            "items": ["suspend", "reactivate", *DeletesTenants.deletion_actions],
        },
    ]
    radio_fields: ClassVar = {"tier": admin.VERTICAL}
    help_texts: ClassVar = {
        "slug": "The tenant is served at this name in front of the base domain; you can change it.",
        "invitee": "The first admin's e-mail address, if you invite one; empty once accepted.",
        "deletion_due_at": "Until then you can restore the tenant; then all it owns is deleted.",
    }
    readonly_fields = (
        "tier_badge",
        "status_badge",
        "placement",
        "deletion_due_at",
        "hosts",
        "usage",
        "operations",
        "created_at",
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ["name", "slug", "tier", "plan", "invitee"],
                "description": (
                    "The slug is the tenant's address. A tenant is provisioning until its "
                    "placement stands."
                ),
            },
        ),
    )
    fieldsets = (
        (None, {"fields": ["name", "plan"]}),
        (
            "State",
            {"fields": [*_STATE, "placement", "invitee", "deletion_due_at", "created_at"]},
        ),
        ("Hosts", {"fields": ["hosts"]}),
        ("Usage", {"fields": ["usage"]}),
        ("Operations", {"fields": ["operations"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Tenants with their placement, which they need to tell their state."""
        return super().get_queryset(request).select_related("placement", "plan")

    @display(description="tier", ordering="tier")
    def tier_badge(self, tenant: Tenant) -> SafeString:
        """How the tenant is isolated."""
        return badges.tier(tenant)

    @display(description="status", ordering="status")
    def status_badge(self, tenant: Tenant) -> SafeString:
        """Whether the tenant may be used."""
        return badges.status(tenant)

    @display(description="latest")
    def operations(self, tenant: Tenant) -> SafeString:
        """The latest work on the tenant, with the way to each."""
        return operations_table(Operation.objects.filter(tenant_id=tenant.pk)[:_SHOWN_OPERATIONS])

    @display(description="host names")
    def hosts(self, tenant: Tenant) -> SafeString:
        """Where the tenant is served."""
        rows = [
            (domain.domain, _yes(domain.is_primary), _yes(domain.verified_at))
            for domain in tenant.domains.all()
        ]
        return table(["Host", "Primary", "Verified"], rows)

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Tenant:
        """Create the tenant."""
        fields = {name: data[name] for name in ("slug", "name", "tier")}
        return create_tenant(
            **fields, plan=data["plan"].key, invite=data["invitee"], actor=actor_of(request)
        )

    def update(self, request: HttpRequest, obj: Tenant, data: Mapping[str, Any]) -> Tenant:
        """Rename the tenant or change its plan."""
        changes = {"name": data["name"], "plan": data["plan"].key}
        return update_tenant(
            obj, actor=actor_of(request), changes=changes, revision=data["seen_revision"]
        )

    @confirmed(
        title="Suspend",
        question="Suspend {}? Its people and their tokens are refused until you reactivate it. "
        "Nothing is deleted.",
        verb="change",
        icon="block",
        danger=True,
        when=_can_be_suspended,
    )
    def suspend(self, request: HttpRequest, tenant: Tenant) -> str:
        """Suspend the tenant."""
        return self._move(request, tenant, TenantStatus.SUSPENDED)

    @confirmed(
        title="Reactivate",
        question="Reactivate {}? Its people and their tokens are let in again.",
        verb="change",
        icon="play_circle",
        when=_is_suspended,
    )
    def reactivate(self, request: HttpRequest, tenant: Tenant) -> str:
        """Lift the suspension."""
        return self._move(request, tenant, TenantStatus.ACTIVE)

    @staticmethod
    def _move(request: HttpRequest, tenant: Tenant, status: TenantStatus) -> str:
        update_tenant(tenant, actor=actor_of(request), changes={"status": str(status)})
        return f"The tenant {tenant} is {status.label.lower()}."


def _yes(value: object) -> str:
    return "Yes" if value else "No"
