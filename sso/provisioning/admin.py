"""Mappings of identity providers in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from unfold.widgets import UnfoldAdminSelectWidget

from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from rbac.models import Role, Team
from rbac.permissions import VIEW_TEAM
from sso.provisioning.admin_groups import GroupRolesField
from sso.provisioning.models import ProviderMapping
from sso.provisioning.permissions import UPDATE_PROVIDER_MAPPING, VIEW_PROVIDER_MAPPING
from sso.provisioning.providers import find_provider, providers
from sso.provisioning.services.mappings import create_mapping, delete_mapping, update_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.admin.views.main import ChangeList
    from django.http import HttpRequest

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


@admin.register(ProviderMapping, site=site)
class ProviderMappingAdmin(PermittedAdmin):
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

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; all providers are asked for at once."""
        shown: ChangeList = super().get_changelist_instance(request)
        names = {(each.kind, each.id): each.name for each in providers()}
        for mapping in shown.result_list:
            mapping.known_as = names.get((mapping.provider_kind, mapping.provider_id))
        return shown

    @display(description="identity provider")
    def provider_name(self, mapping: Any) -> str:
        """What people call it."""
        if not hasattr(mapping, "known_as"):
            found = find_provider(mapping.provider_kind, mapping.provider_id)
            mapping.known_as = found.name if found is not None else None
        return mapping.known_as or str(mapping.provider_id)

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> ProviderMapping:
        """Create the mapping of the provider that was chosen."""
        kind, _, provider_id = data["provider"].partition(" ")
        return create_mapping(
            provider_kind=kind,
            provider_id=UUID(provider_id),
            actor=actor_of(request),
            **self._given(data),
        )
