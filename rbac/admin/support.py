"""Support access: given on the operator's page of a tenant, seen and ended by the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.utils import timezone

from iac_platform.admin.actions import ActingAdmin, confirmed, page
from iac_platform.admin.display import DANGER, PLAIN, SUCCESS, badge, moment
from iac_platform.admin.forms import RefusalsOn
from iac_platform.admin.secrets import shown_once
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.models import SupportAccess
from rbac.permissions import CREATE_SUPPORT_ACCESS, DELETE_SUPPORT_ACCESS, VIEW_SUPPORT_ACCESS
from rbac.services.support import (
    DEFAULT_MINUTES,
    DEFAULT_ROLE,
    LONGEST_MINUTES,
    SupportGrant,
    grant_support_access,
    revoke_support_access,
)
from rbac.system_roles import BY_KEY, grantable_to_support
from tenants.tenants.admin.tenants import TenantAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from tenants.models import Tenant


class SupportForm(forms.Form):
    """Why the operator's staff must look, as whom, and for how long."""

    reason = forms.CharField(
        max_length=500, widget=forms.Textarea, help_text="The tenant reads it, word for word."
    )
    role = forms.ChoiceField(
        choices=lambda: [(key, BY_KEY[key].name) for key in grantable_to_support()],
        initial=DEFAULT_ROLE,
        help_text="People, roles, tokens and invitations are withheld whatever the role.",
    )
    minutes = forms.IntegerField(
        min_value=1, max_value=LONGEST_MINUTES, initial=DEFAULT_MINUTES, label="Minutes"
    )


def _can_be_entered(tenant: Tenant) -> bool:
    return tenant.is_usable and not tenant.is_platform


class TenantWithSupport(TenantAdmin):
    """Tenants, and the button that lets the operator's staff in."""

    permissions: ClassVar = {**TenantAdmin.permissions, "support": CREATE_SUPPORT_ACCESS}
    actions_detail: ClassVar = [
        {"title": "Access", "icon": "key", "items": ["support"]},
        *TenantAdmin.actions_detail,
    ]

    @page(title="Support access", verb="support", icon="emergency", when=_can_be_entered)
    def support(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Show the form, or give access and show its secret for the only time."""
        form = SupportForm(request.POST or None)
        grant = self._give(request, tenant, form) if form.is_valid() else None
        if grant is not None:
            access = grant.access
            return shown_once(
                self,
                request,
                title="Support access is given",
                notice=f"{access.user.username} may enter {tenant} until "
                f"{moment(access.expires_at)}. The tenant sees it, and can end it.",
                secret=grant.token,
                explanation=(
                    "It can be seen this one time. It is the bearer token for the API and, for the "
                    f"role Admin, the password of {access.user.username} at the tenant's admin."
                ),
            )
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Support access to {tenant}",
            explanation=(
                "Both audit logs note it. Whatever is done under it is noted with your name, and "
                "the tenant's admins can end it at once."
            ),
            submit="Give access",
        )

    @staticmethod
    def _give(request: HttpRequest, tenant: Tenant, form: forms.Form) -> SupportGrant | None:
        with RefusalsOn(form):
            return grant_support_access(tenant, operator=actor_of(request), **form.cleaned_data)
        return None


def _is_live(access: SupportAccess) -> bool:
    return access.revoked_at is None and access.expires_at > timezone.now()


@admin.register(SupportAccess, site=site)
class SupportAccessAdmin(ActingAdmin):
    """When the operator's staff were let in, by whom and why; a live access can be ended."""

    permissions: ClassVar = {"view": VIEW_SUPPORT_ACCESS, "revoke": DELETE_SUPPORT_ACCESS}
    icon = "emergency"
    purpose = "Who of the operator's staff was here, and end it"
    list_display = ("operator_name", "reason", "role_key", "state", "created_at", "expires_at")
    list_filter = ("created_at",)
    search_fields = ("operator_name", "reason")
    actions_detail: ClassVar = ["revoke"]
    readonly_fields = ("state",)
    view_fieldsets = (
        (None, {"fields": ["operator_name", "reason", "role_key", "user", "state"]}),
        ("Dates", {"fields": ["created_at", "expires_at", "first_used_at"]}),
        ("End", {"fields": ["revoked_at", "revoked_by"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Accesses with their users."""
        return super().get_queryset(request).select_related("user")

    @display(description="state")
    def state(self, access: SupportAccess) -> SafeString:
        """Whether it still counts."""
        if access.revoked_at is not None:
            return badge("ended", PLAIN)
        return badge("open", DANGER) if _is_live(access) else badge("expired", SUCCESS)

    @confirmed(
        title="End access",
        question="End the access of {}? Whatever they have open is refused from the next request.",
        verb="revoke",
        icon="block",
        danger=True,
        when=_is_live,
    )
    def revoke(self, request: HttpRequest, access: SupportAccess) -> str:
        """End the access."""
        revoke_support_access(access, actor=actor_of(request))
        return f"{access.operator_name} has no access any more."
