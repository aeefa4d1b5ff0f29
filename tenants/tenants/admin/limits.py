"""What a tenant uses, and limits of its own, on its page in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.contrib.admin import display

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.admin.forms import RefusalsOn
from iac_platform.gateway.actors import actor_of
from tenants.models import PlacementStatus
from tenants.quotas.display import usage_table
from tenants.quotas.forms import limit_fields, limits_in
from tenants.quotas.selectors import usage_of
from tenants.quotas.services import override_quotas

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from tenants.models import Tenant
    from tenants.quotas.registry import Quota


def _has_limits(tenant: Tenant) -> bool:
    return not tenant.is_platform


def _form_for(tenant: Tenant) -> type[forms.Form]:
    def planned(quota: Quota) -> int | None:
        limit: int | None = tenant.plan.limits.get(quota.name, quota.default)
        return limit

    confirm = forms.BooleanField(
        label="These limits are meant",
        help_text="They hold from the next request on. What is beyond a lowered limit stays.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=tenant.revision)
    fields = {**limit_fields(tenant.quota_overrides, planned), "confirm": confirm}
    return type("LimitsForm", (forms.Form,), {**fields, "seen_revision": revision})


class QuotaActions(ActingAdmin):
    """The usage of a tenant, and the button that gives it limits of its own."""

    @display(description="usage")
    def usage(self, tenant: Tenant) -> SafeString | str:
        """How the tenant stands with each quota."""
        if tenant.placement.status != PlacementStatus.READY:
            return "Nothing yet: the tenant is being provisioned."
        return usage_table(usage_of(tenant))

    @page(title="Set limits", verb="override", icon="speed", when=_has_limits)
    def set_limits(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Show the form, or set the limits."""
        form = _form_for(tenant)(request.POST or None)
        if form.is_valid() and self._set(request, tenant, form):
            messages.success(request, f"The limits of {tenant} are set.")
            return self.back_to(tenant)
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Limits of {tenant}",
            explanation="What you fill in holds instead of the plan's limit.",
            submit="Set limits",
        )

    @staticmethod
    def _set(request: HttpRequest, tenant: Tenant, form: forms.Form) -> bool:
        with RefusalsOn(form):
            override_quotas(
                tenant,
                overrides=limits_in(form.cleaned_data),
                actor=actor_of(request),
                revision=form.cleaned_data["seen_revision"],
            )
        return form.is_valid()
