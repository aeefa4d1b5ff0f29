"""Roles, and what each of them allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, QuerySet
from django.utils.html import format_html

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.display import INFO, PLAIN, WARNING, badge, table
from iac_platform.admin.site import site
from iac_platform.common.permissions import Scope, declared
from rbac.models import Role
from rbac.permissions import VIEW_ROLE
from rbac.selectors import allowed_by

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_SCOPES = {
    Scope.OWN: ("own", PLAIN, "Only on what the user owns"),
    Scope.TEAM: ("team", INFO, "On what belongs to the user's teams, and on their own"),
    Scope.TENANT: ("tenant", INFO, "On everything in the tenant"),
    Scope.GLOBAL: ("all tenants", WARNING, "On every tenant"),
}


@admin.register(Role, site=site)
class RoleAdmin(ReadOnlyAdmin):
    """The tenant's roles. They are defined by the platform; users get them on their page."""

    permissions: ClassVar = {"view": VIEW_ROLE}
    icon = "shield_person"
    purpose = "What each role allows, and how many hold it"
    list_display = ("name", "description", "holders")
    search_fields = ("name",)
    view_fieldsets = (
        (None, {"fields": ["name", "description", "holders"]}),
        ("What it allows", {"fields": ["matrix"]}),
    )
    readonly_fields = ("holders", "matrix")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Roles with the number of users who hold them."""
        counted: QuerySet[Any] = (
            super().get_queryset(request).annotate(holder_count=Count("grants"))
        )
        return counted

    @display(description="users", ordering="holder_count")
    def holders(self, role: Any) -> int:
        """How many users hold the role."""
        return int(role.holder_count)

    @display(description="permissions")
    def matrix(self, role: Role) -> SafeString:
        """Every permission that the role gives, and how far it reaches."""
        allowed = allowed_by([role.pk])[role.pk]
        rows = [
            (
                permission.resource.replace("_", " ").capitalize(),
                permission.action.capitalize(),
                _scope(allowed[permission.name].scope),
                permission.description,
            )
            for permission in declared()
            if permission.name in allowed
        ]
        return table(["Resource", "Action", "Reach", "Meaning"], rows)


def _scope(scope: Scope) -> SafeString:
    text, kind, meaning = _SCOPES[scope]
    return format_html("{}", badge(text, kind, title=meaning))
