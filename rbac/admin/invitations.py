"""The operator's way to invite the first admin of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.http.request import split_domain_port

from iac_platform.admin.actions import page
from iac_platform.admin.forms import RefusalsOn
from iac_platform.admin.secrets import shown_once
from iac_platform.gateway.actors import actor_of
from rbac.services.invitations import invitation_link, invite_admin
from tenants.models import TenantStatus
from tenants.tenants.admin.tenants import TenantAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tenants.models import Tenant


class InvitationForm(forms.Form):
    """Who is invited."""

    email = forms.EmailField(label="E-mail address", max_length=254)


def _waits_for_an_admin(tenant: Tenant) -> bool:
    return tenant.status == TenantStatus.INVITED


class InvitesAdmins(TenantAdmin):
    """Adds the button that makes an invitation, and makes a new one of an old one."""

    @page(title="Invite first admin", verb="add", icon="mail", when=_waits_for_an_admin)
    def invite(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Show the form, or make the invitation and show its link for the only time."""
        form = InvitationForm(request.POST or None, initial={"email": tenant.invitee})
        link = self._invite(request, tenant, form) if form.is_valid() else None
        if link is not None:
            return shown_once(
                self,
                request,
                title="Invitation created",
                notice=f"{form.cleaned_data['email']} opens {tenant} with this link.",
                secret=link,
                explanation="It can be seen this one time, used once, and makes every earlier "
                "link void. Send it to the invited person and to nobody else.",
            )
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Invite the first admin of {tenant}",
            explanation="Whoever has the link becomes the tenant's first admin.",
            submit="Make the link",
        )

    @staticmethod
    def _invite(request: HttpRequest, tenant: Tenant, form: forms.Form) -> str | None:
        with RefusalsOn(form):
            email = form.cleaned_data["email"]
            _, token = invite_admin(tenant, actor=actor_of(request), email=email)
            _, port = split_domain_port(request.get_host())
            return invitation_link(tenant, token, scheme=str(request.scheme), port=str(port))
        return None
