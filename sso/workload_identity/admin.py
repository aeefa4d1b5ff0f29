"""Workload identities in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q

from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from rbac.models import User, UserKind
from rbac.permissions import VIEW_SERVICE_ACCOUNT
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.permissions import (
    CREATE_WORKLOAD_IDENTITY,
    DELETE_WORKLOAD_IDENTITY,
    UPDATE_WORKLOAD_IDENTITY,
    VIEW_WORKLOAD_IDENTITY,
)
from sso.workload_identity.services.workload_identities import (
    create_workload_identity,
    delete_workload_identity,
    update_workload_identity,
)

_TRUST = ("platform", "issuer", "signing_algorithm", "audience", "subject", "claims")
_TOKEN = ("service_account", "token_lifetime_seconds", "scopes")
_FIELDS = ("name", "is_enabled", *_TRUST, *_TOKEN)


class _TrustForm(ServiceForm):
    """Whom to trust; the accounts to choose from are those that the admin may see."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "issuer" in self.fields:  # the platform has one
            self.fields["issuer"].required = False
        if "service_account" in self.fields:
            now = Q(pk=self.instance.service_account_id)
            wanted = Q(kind=UserKind.SERVICE, is_active=True) | now
            seen = User.objects.permitted(self.request.user, VIEW_SERVICE_ACCOUNT)
            self.fields["service_account"].queryset = seen.filter(wanted).order_by("username")  # type: ignore[attr-defined]  # a field of choices

    def clean_claims(self) -> Any:
        """No claims, where the field is empty."""
        return self.cleaned_data["claims"] or {}

    def clean_scopes(self) -> list[str] | None:
        """All that the account has, where the field is empty."""
        return self.cleaned_data["scopes"] or None


class _ChangeForm(_TrustForm, RevisedForm):
    """A workload identity to change."""


@admin.register(WorkloadIdentity, site=site)
class WorkloadIdentityAdmin(PermittedAdmin):
    """Whose tokens are exchanged for those of a service account."""

    permissions: ClassVar = {
        "view": VIEW_WORKLOAD_IDENTITY,
        "add": CREATE_WORKLOAD_IDENTITY,
        "change": UPDATE_WORKLOAD_IDENTITY,
        "delete": DELETE_WORKLOAD_IDENTITY,
    }
    services = Services(
        _FIELDS,
        create=create_workload_identity,
        update=update_workload_identity,
        delete=delete_workload_identity,
    )
    delete_warning = "The tokens that were issued for it stop working at once."
    icon = "smart_toy"
    purpose = "CI systems that call the API without a stored secret"
    form = _ChangeForm
    add_form = _TrustForm
    list_display = ("name", "platform", "service_account", "is_enabled", "subject", "updated_at")
    list_filter = ("is_enabled", "platform")
    list_select_related = ("service_account",)
    search_fields = ("name", "subject")
    readonly_fields = ("id", "created_by", "created_at", "updated_at")
    add_fieldsets = (
        (None, {"fields": ["name", "is_enabled"]}),
        ("Tokens to trust", {"fields": list(_TRUST)}),
        ("Tokens to issue", {"fields": list(_TOKEN)}),
    )
    fieldsets = (
        (None, {"fields": ["name", "id", "is_enabled"]}),
        ("Tokens to trust", {"fields": list(_TRUST)}),
        ("Tokens to issue", {"fields": list(_TOKEN)}),
        ("State", {"fields": ["created_by", "created_at", "updated_at"]}),
    )
