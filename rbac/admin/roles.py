"""Roles: the platform's to read, the tenant's own to make, change and remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import display
from django.db.models import Count, QuerySet
from django.shortcuts import redirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from iac_platform.admin.actions import page
from iac_platform.admin.display import INFO, PLAIN, badge, table
from iac_platform.admin.forms import RevisedForm
from iac_platform.admin.site import site
from iac_platform.common.permissions import declared
from iac_platform.gateway.actors import actor_of
from rbac.admin.matrix import resource_text
from rbac.admin.matrix_page import HasMatrix
from rbac.admin.scopes import scope_badge
from rbac.models import Role
from rbac.permissions import CREATE_ROLE, DELETE_ROLE, UPDATE_ROLE, VIEW_ROLE
from rbac.selectors import allowed_by
from rbac.services.roles import create_role, delete_role, update_role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    _RolesField = forms.ModelMultipleChoiceField[Role]
else:
    _RolesField = forms.ModelMultipleChoiceField


class RoleForm(RevisedForm):
    """A role of the tenant's own; what it allows by itself is chosen in the matrix."""

    description = forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )
    inherits = _RolesField(
        queryset=Role.objects.none(),
        required=False,
        label="Inherits from",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="It allows all that these allow, now and after they change.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields.get("inherits")
        if field is not None:
            # Asked for here: when the class is made, no tenant is known.
            field.queryset = Role.objects.exclude(pk=self.instance.pk)
            field.initial = [link.parent_id for link in self.instance.parent_links.all()]


@admin.register(Role, site=site)
class RoleAdmin(HasMatrix):
    """The tenant's roles. Those of the platform can be read, and inherited from."""

    permissions: ClassVar = {
        "view": VIEW_ROLE,
        "add": CREATE_ROLE,
        "change": UPDATE_ROLE,
        "delete": DELETE_ROLE,
    }
    icon = "shield_person"
    purpose = "What each role allows, who has it, and roles of your own"
    form = RoleForm
    list_display = ("name", "kind", "description", "holders")
    list_filter = ("is_custom",)
    search_fields = ("name",)
    actions_detail: ClassVar = ["permissions_page"]
    add_fieldsets = (
        (
            None,
            {
                "fields": ["name", "description", "inherits"],
                "description": "The next page offers the permissions that it has by itself.",
            },
        ),
    )
    fieldsets = (
        (None, {"fields": ["name", "description", "holders"]}),
        ("Inheritance", {"fields": ["inherits"]}),
        ("What it allows", {"fields": ["allows"]}),
    )
    view_fieldsets = (
        (None, {"fields": ["name", "kind", "description", "holders"]}),
        ("What it allows", {"fields": ["allows"]}),
    )
    readonly_fields = ("kind", "holders", "allows")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's roles stay as they are."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_custom)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's roles stay."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_custom)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Roles with the numbers of users and teams that have them."""
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                user_count=Count("grants__user", distinct=True),
                team_count=Count("grants__team", distinct=True),
            )
        )
        return counted

    @display(description="kind", ordering="is_custom")
    def kind(self, role: Role) -> SafeString:
        """Whose role it is."""
        if role.is_custom:
            return badge("custom", INFO, title="Custom roles")
        return badge("built-in", PLAIN, title="The same in every tenant")

    @display(description="granted to", ordering="user_count")
    def holders(self, role: Any) -> str:
        """How many users and teams have the role."""
        users = f"{role.user_count} user{'' if role.user_count == 1 else 's'}"
        teams = f"{role.team_count} team{'' if role.team_count == 1 else 's'}"
        return f"{users}, {teams}" if role.team_count else users

    @display(description="permissions")
    def allows(self, role: Role) -> SafeString:
        """Every permission that the role gives, how far it reaches and where it comes from."""
        allowed = allowed_by([role.pk])[role.pk]
        names = dict(Role.objects.values_list("key", "name"))
        rows = [
            (
                resource_text(permission.resource),
                permission.action.capitalize(),
                scope_badge(allowed[permission.name].scope),
                " → ".join(names[key] for key in allowed[permission.name].path[1:]) or "itself",
                permission.description,
            )
            for permission in declared()
            if permission.name in allowed
        ]
        return table(["Resource", "Action", "Reach", "From", "Meaning"], rows, empty="Nothing.")

    @page(title="Permissions", verb="view", icon="grid_on")
    def permissions_page(self, request: HttpRequest, role: Role) -> HttpResponseBase:  # noqa: ARG002  # an action's signature
        """The way to the role's column in the matrix."""
        return self._column_of(role)

    @staticmethod
    def _column_of(role: Role) -> HttpResponseBase:
        return redirect(f"{reverse('admin:rbac_role_matrix')}?role={role.key}")

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Role:
        """Make the role."""
        return create_role(
            name=data["name"],
            description=data["description"],
            inherits=[role.key for role in data["inherits"]],
            actor=actor_of(request),
        )

    def response_add(
        self,
        request: HttpRequest,
        obj: Role,
        post_url_continue: str | None = None,  # noqa: ARG002  # Django's signature
    ) -> Any:
        """Go on to the permissions that it has by itself."""
        messages.success(request, f"The role {obj} is there. Choose what it allows.")
        return self._column_of(obj)

    def update(self, request: HttpRequest, obj: Role, data: Mapping[str, Any]) -> Role:
        """Change the role's name, description and parents."""
        changes = {
            "name": data["name"],
            "description": data["description"],
            "inherits": [role.key for role in data["inherits"]],
        }
        return update_role(
            obj, actor=actor_of(request), changes=changes, revision=data["seen_revision"]
        )

    def remove(self, request: HttpRequest, obj: Role) -> None:
        """Remove the role."""
        delete_role(obj, actor=actor_of(request))
