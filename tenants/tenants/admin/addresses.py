"""Giving a tenant another slug, and with it another address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.admin.forms import RefusalsOn
from iac_platform.gateway.actors import actor_of
from tenants.tenants.services import rename_tenant

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tenants.models import Tenant


class SlugForm(forms.Form):
    """Another slug, for the tenant as it was when the form was opened."""

    slug = forms.CharField(max_length=40, help_text="Lower-case letters, digits and hyphens.")
    seen_revision = forms.IntegerField(widget=forms.HiddenInput)


def _can_be_renamed(tenant: Tenant) -> bool:
    return not tenant.is_platform


class RenamingAdmin(ActingAdmin):
    """Adds a page on which the operator moves a tenant to another address."""

    @page(title="Change address", verb="change", icon="edit_location", when=_can_be_renamed)
    def change_slug(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Ask for another slug, or move the tenant to its address."""
        initial = {"slug": tenant.slug, "seen_revision": tenant.revision}
        form = SlugForm(request.POST or None, initial=initial)
        if form.is_valid() and self._rename(request, tenant, form):
            return self.back_to(tenant)
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Change the address of {tenant.name}",
            explanation=(
                f"{tenant.slug}.{settings.BASE_DOMAIN} will redirect to the new address for "
                f"{settings.FORMER_ADDRESS_DAYS} days; then others may take it. Its people sign "
                "in anew. Tokens go on working at the new address."
            ),
            submit="Change address",
        )

    def _rename(self, request: HttpRequest, tenant: Tenant, form: SlugForm) -> bool:
        slug, revision = form.cleaned_data["slug"].lower(), form.cleaned_data["seen_revision"]
        with RefusalsOn(form):
            rename_tenant(tenant, slug=slug, actor=actor_of(request), revision=revision)
            message = f"The address is {slug}.{settings.BASE_DOMAIN} from now on."
            self.log_change(request, tenant, message)
            messages.success(request, message)
        return form.is_valid()
