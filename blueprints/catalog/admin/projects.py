"""Projects in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, QuerySet

from blueprints.catalog.models import Project
from blueprints.catalog.permissions import (
    CREATE_PROJECT,
    DELETE_PROJECT,
    UPDATE_PROJECT,
    VIEW_PROJECT,
)
from blueprints.catalog.services.projects import create_project, delete_project, update_project
from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Project, site=site)
class ProjectAdmin(PermittedAdmin):
    """What teams work on."""

    permissions: ClassVar = {
        "view": VIEW_PROJECT,
        "add": CREATE_PROJECT,
        "change": UPDATE_PROJECT,
        "delete": DELETE_PROJECT,
    }
    icon = "folder"
    purpose = "What teams work on; every blueprint belongs to one"
    services = Services(("name", "description"), create_project, update_project, delete_project)
    form = RevisedForm
    add_form = ServiceForm
    list_display = ("name", "description", "blueprint_count", "created_by", "updated_at")
    list_select_related = ("created_by",)
    list_filter = ("created_at",)
    search_fields = ("name", "description")
    readonly_fields = ("blueprint_count", "created_by", "created_at", "updated_at")
    add_fieldsets = ((None, {"fields": ["name", "description"]}),)
    fieldsets = (
        (None, {"fields": ["name", "description"]}),
        ("State", {"fields": ["blueprint_count", "created_by", "created_at", "updated_at"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Projects with the number of their blueprints."""
        projects = super().get_queryset(request)
        counted: QuerySet[Any] = projects.annotate(counted_blueprints=Count("blueprints"))
        return counted

    @display(description="blueprints", ordering="counted_blueprints")
    def blueprint_count(self, project: Any) -> int:
        """How many blueprints it has."""
        return int(project.counted_blueprints)
