"""Deleting tenants in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages

from iac_platform.admin.actions import ActingAdmin, confirmed, page
from iac_platform.admin.display import moment
from iac_platform.admin.forms import RefusalsOn
from iac_platform.gateway.actors import actor_of
from tenants.lifecycle.services import cancel_deletion, request_deletion
from tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class DeletionForm(forms.Form):
    """The tenant's slug, typed again, and a reason."""

    slug = forms.CharField(
        max_length=40, label="The tenant's slug", widget=forms.TextInput({"autocomplete": "off"})
    )
    reason = forms.CharField(
        max_length=500, required=False, help_text="For the operator's audit log."
    )

    def __init__(self, *args: Any, slug: str, **kwargs: Any) -> None:
        self._slug = slug
        super().__init__(*args, **kwargs)

    def clean_slug(self) -> str:
        """It is the slug of the tenant on this page.

        Raises:
            ValidationError: it is another.
        """
        slug: str = self.cleaned_data["slug"]
        if slug != self._slug:
            raise forms.ValidationError("That is not the slug of this tenant.")
        return slug


def _can_be_deleted(tenant: Tenant) -> bool:
    return tenant.status != TenantStatus.PENDING_DELETION and not tenant.is_platform


def _waits_for_deletion(tenant: Tenant) -> bool:
    return tenant.status == TenantStatus.PENDING_DELETION


class DeletesTenants(ActingAdmin):
    """Adds the buttons that have a tenant deleted, and that take it back."""

    deletion_actions: ClassVar = ["request_deletion", "restore"]

    @page(title="Delete", verb="erase", icon="delete", danger=True, when=_can_be_deleted)
    def request_deletion(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Ask for the slug, then close the tenant and have it deleted in time."""
        form = DeletionForm(request.POST or None, slug=tenant.slug)
        if form.is_valid() and self._request_deletion(request, tenant, form):
            return self.back_to(tenant)
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Delete {tenant}",
            explanation="The tenant is closed at once. When its grace period is over, all that "
            "it owns is deleted for good; until then you can restore it.",
            submit="Delete",
        )

    def _request_deletion(self, request: HttpRequest, tenant: Tenant, form: DeletionForm) -> bool:
        with RefusalsOn(form):
            reason = form.cleaned_data["reason"]
            closed = request_deletion(tenant, actor=actor_of(request), reason=reason)
            message = f"{tenant} is closed, and deleted on {moment(closed.deletion_due_at)}."
            messages.success(request, message)
        return form.is_valid()

    @confirmed(
        title="Restore",
        question="Restore {}? It becomes what it was before its deletion was requested.",
        verb="erase",
        icon="restore",
        when=_waits_for_deletion,
    )
    def restore(self, request: HttpRequest, tenant: Tenant) -> str:
        """Take the deletion back."""
        restored = cancel_deletion(tenant, actor=actor_of(request))
        return f"The tenant {tenant} is {TenantStatus(restored.status).label.lower()} again."
