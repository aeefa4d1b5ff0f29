"""The tags that everything gets, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin

from blueprints.catalog.models import DefaultTags
from blueprints.catalog.permissions import UPDATE_DEFAULT_TAGS, VIEW_DEFAULT_TAGS
from blueprints.catalog.services.default_tags import set_default_tags
from iac_platform.admin.base import PermittedAdmin
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest


@admin.register(DefaultTags, site=site)
class DefaultTagsAdmin(PermittedAdmin):
    """What new versions of blueprints get as tags of everything."""

    permissions: ClassVar = {
        "view": VIEW_DEFAULT_TAGS,
        "add": UPDATE_DEFAULT_TAGS,
        "change": UPDATE_DEFAULT_TAGS,
    }
    icon = "sell"
    purpose = "Tags that everything gets which new versions of blueprints describe"
    form = RevisedForm
    add_form = ServiceForm
    list_display = ("__str__", "tags", "updated_at")
    readonly_fields = ("updated_at",)
    add_fieldsets = ((None, {"fields": ["tags"]}),)
    fieldsets = ((None, {"fields": ["tags"]}), ("State", {"fields": ["updated_at"]}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row; a form that was opened before may still be sent, and is refused."""
        may = super().has_add_permission(request)
        return may and (request.method == "POST" or not DefaultTags.objects.exists())

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> DefaultTags:
        """Choose the first ones: who was quicker is not overwritten unseen."""
        first = DefaultTags().revision
        return set_default_tags(data["tags"], actor=actor_of(request), revision=first)

    def update(
        self, request: HttpRequest, obj: DefaultTags, data: Mapping[str, Any]
    ) -> DefaultTags:
        """Choose others."""
        del obj  # there is one only
        revision = data["seen_revision"]
        return set_default_tags(data["tags"], actor=actor_of(request), revision=revision)
