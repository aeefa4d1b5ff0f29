"""Provider mappings and identities in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminSelectWidget

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.models import Role, Team
from rbac.permissions import UPDATE_USER, VIEW_TEAM
from sso.provisioning.admin_groups import GroupRolesField
from sso.provisioning.models import Identity, ProviderMapping
from sso.provisioning.permissions import (
    UPDATE_PROVIDER_MAPPING,
    VIEW_IDENTITY,
    VIEW_PROVIDER_MAPPING,
)
from sso.provisioning.providers import provider_names, providers
from sso.provisioning.services.identities import unlink_identity
from sso.provisioning.services.mappings import create_mapping, delete_mapping, update_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.admin.views.main import ChangeList
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_NAMES = ("username_attribute", "email_attribute", "full_name_attribute", "groups_attribute")
_RULES = ("creates_users", "updates_users", "role_sync", "requires_group")


class _GroupsForm(ServiceForm):
    """What groups give, a line for each."""

    group_roles = GroupRolesField(
        required=False,
        label="Groups",
        help_text="What each group gives: nothing that you may not give. Save for more lines.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: Any = self.fields.get("group_roles")
        if groups is not None:
            # Asked for here: when the class is made, no tenant is known.
            teams = Team.objects.permitted(self.request.user, VIEW_TEAM).order_by("name")
            roles = Role.objects.order_by("name")
            groups.offer(
                {f"role {role.key}": f"Role {role.name}" for role in roles}
                | {f"team {team.pk}": f"Team {team.name}" for team in teams}
            )


class _NewMappingForm(_GroupsForm):
    """A mapping of a provider that has none."""

    provider = forms.ChoiceField(label="Identity provider", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mapped = set(ProviderMapping.objects.values_list("provider_kind", "provider_id"))
        field: Any = self.fields["provider"]
        field.choices = [
            (f"{each.kind} {each.id}", each.name)
            for each in providers()
            if (each.kind, each.id) not in mapped
        ]


class _ChangeForm(_GroupsForm, RevisedForm):
    """A mapping to change."""


class _OfProviders(PermittedAdmin):
    """Rows that belong to a provider, which is shown by its name."""

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; all providers are asked for at once."""
        shown: ChangeList = super().get_changelist_instance(request)
        names = provider_names()
        for row in shown.result_list:
            row.provider_names = names
        return shown

    @display(description="identity provider")
    def provider_name(self, row: Any) -> str:
        """What people call it."""
        names = getattr(row, "provider_names", None) or provider_names()
        return names.get(row.provider_id) or str(row.provider_id)


@admin.register(ProviderMapping, site=site)
class ProviderMappingAdmin(_OfProviders):
    """What the people of identity providers become."""

    permissions: ClassVar = {
        "view": VIEW_PROVIDER_MAPPING,
        "add": UPDATE_PROVIDER_MAPPING,
        "change": UPDATE_PROVIDER_MAPPING,
        "delete": UPDATE_PROVIDER_MAPPING,
    }
    services = Services(
        (*_NAMES, *_RULES, "group_roles"), update=update_mapping, delete=delete_mapping
    )
    icon = "conversion_path"
    purpose = "What the people of identity providers become, and what their groups give"
    form = _ChangeForm
    add_form = _NewMappingForm
    list_display = ("provider_name", "role_sync", "author", "updated_at")
    list_select_related = ("author",)
    readonly_fields = ("provider_name", "author", "created_at", "updated_at")
    add_fieldsets = (
        (None, {"fields": ["provider"]}),
        ("Attributes", {"fields": list(_NAMES)}),
        ("Users, roles and teams", {"fields": [*_RULES, "group_roles"]}),
    )
    fieldsets = (
        (None, {"fields": ["provider_name", "author"]}),
        ("Attributes", {"fields": list(_NAMES)}),
        ("Users, roles and teams", {"fields": [*_RULES, "group_roles"]}),
        ("State", {"fields": ["created_at", "updated_at"]}),
    )

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> ProviderMapping:
        """Create the mapping of the provider that was chosen."""
        kind, _, provider_id = data["provider"].partition(" ")
        return create_mapping(
            provider_kind=kind,
            provider_id=UUID(provider_id),
            actor=actor_of(request),
            **self._given(data),
        )


@admin.register(Identity, site=site)
class IdentityAdmin(_OfProviders, ActingAdmin):
    """Users' identities at identity providers; they can be unlinked and not changed."""

    permissions: ClassVar = {"view": VIEW_IDENTITY, "unlink": UPDATE_USER}
    icon = "badge"
    purpose = "Users' identities at identity providers; unlink one to free it for another user"
    list_display = ("user", "provider_name", "subject", "created_at", "last_signed_in_at")
    list_display_links = ("user",)
    list_select_related = ("user",)
    search_fields = ("user__username", "subject")
    readonly_fields = ("provider_name",)
    view_fieldsets = (
        (None, {"fields": ["user", "provider_name", "provider_kind", "subject"]}),
        ("Times", {"fields": ["created_at", "last_signed_in_at"]}),
    )
    actions_detail: ClassVar = ["unlink"]

    def back_to(self, obj: Any) -> HttpResponseBase:  # noqa: ARG002  # it may be gone
        """The way back to the list."""
        return redirect("admin:provisioning_identity_changelist")

    @confirmed(
        title="Unlink",
        question="Unlink {}? Roles and teams from its groups are removed, and its sessions end. "
        "Signing in with it again creates a new user if the provider mapping allows that.",
        verb="unlink",
        icon="link_off",
        danger=True,
    )
    def unlink(self, request: HttpRequest, identity: Identity) -> str:
        """Unlink the identity from its user."""
        ended = unlink_identity(identity, actor=actor_of(request), browser=request.session)
        return f"{identity} is unlinked. Sessions ended: {ended}."
