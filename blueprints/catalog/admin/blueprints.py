"""Blueprints in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.urls import reverse
from django.utils.html import format_html

from blueprints.catalog.models import Blueprint
from blueprints.catalog.permissions import DELETE_BLUEPRINT, UPDATE_BLUEPRINT, VIEW_BLUEPRINT
from blueprints.catalog.services.blueprints import delete_blueprint, update_blueprint
from iac_platform.admin.base import PermittedAdmin, Services
from iac_platform.admin.display import INFO, badges, moment, table
from iac_platform.admin.forms import RevisedForm
from iac_platform.admin.site import site

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_SHOWN_VERSIONS = 20


@admin.register(Blueprint, site=site)
class BlueprintAdmin(PermittedAdmin):
    """Blueprints: renamed, described and deleted here; their documents come through the API."""

    permissions: ClassVar = {
        "view": VIEW_BLUEPRINT,
        "change": UPDATE_BLUEPRINT,
        "delete": DELETE_BLUEPRINT,
    }
    services = Services(("name", "description"), update=update_blueprint, delete=delete_blueprint)
    icon = "account_tree"
    purpose = "Infrastructure described once, in versions"
    form = RevisedForm
    list_display = ("name", "project", "latest", "created_by", "updated_at")
    list_filter = (("project", admin.RelatedOnlyFieldListFilter), "updated_at")
    search_fields = ("name", "project__name", "description")
    readonly_fields = (
        "project",
        "prefix",
        "latest",
        "versions",
        "created_by",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (None, {"fields": ["name", "description", "project", "prefix"]}),
        ("Versions", {"fields": ["latest", "versions"]}),
        ("History", {"fields": ["created_by", "created_at", "updated_at"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Blueprints with their project and author."""
        return super().get_queryset(request).select_related("project", "created_by")

    @display(description="resource prefix", ordering="resource_prefix")
    def prefix(self, blueprint: Blueprint) -> str:
        """What the names of its resources begin with."""
        return blueprint.prefix

    @display(description="latest version", ordering="latest_number")
    def latest(self, blueprint: Blueprint) -> int:
        """The number of the newest version."""
        return blueprint.latest_number

    @display(description="versions")
    def versions(self, blueprint: Blueprint) -> SafeString:
        """The newest versions, with links to them."""
        newest = (
            blueprint.versions.defer("document", "default_tags")
            .select_related("created_by")
            .prefetch_related("tags")[:_SHOWN_VERSIONS]
        )
        rows = [
            (
                _link(version.pk, f"Version {version.number}"),
                version.message or "-",
                badges(version.tag_names, INFO),
                version.created_by or "-",
                moment(version.created_at),
            )
            for version in newest
        ]
        return table(["Version", "Message", "Tags", "By", "When"], rows)


def _link(pk: object, text: str) -> SafeString:
    address = reverse("admin:catalog_blueprintversion_change", args=[pk])
    return format_html('<a class="text-link" href="{}">{}</a>', address, text)
