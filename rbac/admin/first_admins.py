"""The operator's way to give a new tenant its first admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib import admin

from iac_platform.admin.actions import page
from iac_platform.admin.forms import RefusalsOn
from iac_platform.admin.secrets import shown_once
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.admin.invitations import InvitesAdmins
from rbac.admin.support import TenantWithSupport
from rbac.services.access import ADMIN, has_lasting
from rbac.services.admins import create_admin
from tenants.context import tenant_scope
from tenants.models import Tenant, TenantStatus
from tenants.tenants.admin.tenants import TenantAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# The tenants app knows nothing of users, so its admin is extended here.
site.unregister(Tenant)


class FirstAdminForm(forms.Form):
    """Who will administer the tenant."""

    username = forms.CharField(max_length=150)
    email = forms.EmailField(label="E-mail address", required=False)


def _takes_an_admin(tenant: Tenant) -> bool:
    if not tenant.is_usable or tenant.is_platform or tenant.status == TenantStatus.INVITED:
        return False
    with tenant_scope(tenant):
        return not has_lasting(ADMIN)


@admin.register(Tenant, site=site)
class TenantWithAdmins(InvitesAdmins, TenantWithSupport):
    """Tenants, and the buttons that add or invite the first admin."""

    actions_detail: ClassVar = [
        {"title": "Access", "icon": "key", "items": ["add_admin", "invite", "support"]},
        *TenantAdmin.actions_detail,
    ]

    @page(title="Add first admin", verb="add", icon="person_add", when=_takes_an_admin)
    def add_admin(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Show the form, or add the admin and show their password for the only time."""
        form = FirstAdminForm(request.POST or None)
        password = self._add(request, tenant, form) if form.is_valid() else None
        if password is not None:
            return shown_once(
                self,
                request,
                title="The tenant has an admin",
                notice=f"{form.cleaned_data['username']} signs in to {tenant} with this password.",
                secret=password,
                explanation="It can be seen this one time. Hand it over by a way that you trust.",
            )
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Add the first admin of {tenant}",
            explanation="Once a tenant has an admin, further people are its own affair.",
            submit="Add admin",
        )

    @staticmethod
    def _add(request: HttpRequest, tenant: Tenant, form: forms.Form) -> str | None:
        with RefusalsOn(form):
            _, password = create_admin(tenant, actor=actor_of(request), **form.cleaned_data)
            return password
        return None
