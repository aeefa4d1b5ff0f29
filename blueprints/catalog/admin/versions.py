"""Versions of blueprints in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from blueprints.catalog.admin import documents
from blueprints.catalog.models import BlueprintVersion
from blueprints.catalog.permissions import VIEW_BLUEPRINT
from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.display import INFO, badges, json_document
from iac_platform.admin.site import site

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(BlueprintVersion, site=site)
class BlueprintVersionAdmin(ReadOnlyAdmin):
    """What a blueprint said at one moment; nobody can change it."""

    permissions: ClassVar = {"view": VIEW_BLUEPRINT}
    icon = "deployed_code_history"
    purpose = "What each blueprint said, version by version"
    list_display = ("blueprint", "number", "message", "tag_badges", "created_by", "created_at")
    list_display_links = ("blueprint", "number")
    list_filter = (("blueprint__project", admin.RelatedOnlyFieldListFilter), "created_at")
    search_fields = ("blueprint__name", "message")
    view_fieldsets = (
        (None, {"fields": ["blueprint", "number", "message", "tag_badges"]}),
        (
            "What it describes",
            {"fields": ["place", "warnings", "components", "relations", "outputs"]},
        ),
        ("The document", {"fields": ["source", "default_tags", "content_hash"]}),
        ("History", {"fields": ["created_by", "created_at"]}),
    )
    readonly_fields = (
        "tag_badges",
        "place",
        "warnings",
        "components",
        "relations",
        "outputs",
        "source",
        "default_tags",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Versions without their documents, which a page reads when it shows one."""
        versions = super().get_queryset(request).select_related("blueprint", "created_by")
        return versions.prefetch_related("tags").defer("document", "default_tags")

    @display(description="tags")
    def tag_badges(self, version: BlueprintVersion) -> SafeString:
        """The names given to the version."""
        return badges(version.tag_names, INFO)

    @display(description="cloud and region")
    def place(self, version: BlueprintVersion) -> str:
        """Where it is meant to run."""
        return f"{version.document['cloud']}, {version.document['region']}"

    @display(description="warnings")
    def warnings(self, version: BlueprintVersion) -> SafeString:
        """What its author should know, by today's rules."""
        return documents.warnings(version.review)

    @display(description="components")
    def components(self, version: BlueprintVersion) -> SafeString:
        """Each component with what is set on it."""
        return documents.components(version.document)

    @display(description="relations")
    def relations(self, version: BlueprintVersion) -> SafeString:
        """What talks to what."""
        return documents.relations(version.document)

    @display(description="outputs")
    def outputs(self, version: BlueprintVersion) -> SafeString:
        """What it gives back."""
        return documents.outputs(version.document)

    @display(description="document")
    def source(self, version: BlueprintVersion) -> SafeString:
        """The document as it was accepted, behind a click."""
        return json_document(version.document, summary="Show the document as JSON")
