"""Endpoints of the tags on a blueprint's versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter

from blueprints.catalog import selectors
from blueprints.catalog.errors import TagNotFound
from blueprints.catalog.models import BlueprintTag
from blueprints.catalog.permissions import UPDATE_BLUEPRINT, VIEW_BLUEPRINT
from blueprints.catalog.rest.serializers import TagInput, TagOutput
from blueprints.catalog.rest.views.parts import BLUEPRINT_ID, BlueprintPartViewSet
from blueprints.catalog.services import tags
from iac_platform.gateway.actions import Cached, allow, deletes, lists, retrieves
from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

_NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="The tag.")


class TagViewSet(BlueprintPartViewSet[BlueprintTag]):
    """Tags: names for versions, which can move, as ``production`` does."""

    queryset = BlueprintTag.objects.select_related("version", "blueprint").defer(
        "version__document", "version__default_tags"
    )
    lookup_field = "name"
    path_parameters = (BLUEPRINT_ID, _NAME)
    output_serializer = TagOutput
    ordering = ("name",)
    list = lists(VIEW_BLUEPRINT, cached=Cached.LIST, summary="The tags of a blueprint, by name.")
    retrieve = retrieves(VIEW_BLUEPRINT, cached=Cached.OBJECT, summary="One tag.")
    destroy = deletes(
        UPDATE_BLUEPRINT, tags.remove_tag, summary="Remove a tag; the version that it names stays."
    )

    def readable_object(self) -> Any:
        """What the address names; to set a tag, the blueprint: the tag need not be there."""
        return self.parent if self.action == "update" else super().readable_object()

    def find_part(self) -> BlueprintTag:
        """The tag."""
        if (tag := self._existing()) is None:
            raise TagNotFound("No version of the blueprint carries this tag.")
        return tag

    @allow(UPDATE_BLUEPRINT, body=TagInput, schema={"responses": {200: TagOutput, 201: TagOutput}})
    def update(self, request: Request) -> Response:
        """Tag a version: make the tag, or move it from whichever version has it."""
        blueprint, existing = self.parent_to_change(), self._existing()
        self.require_seen(existing)
        version = selectors.version_of(blueprint, self.parse(TagInput)["version"])
        name, seen = self.kwargs["name"], self.seen_revision(existing)
        tag, created = tags.tag_version(version, name=name, actor=actor_of(request), revision=seen)
        return self.present(tag, 201 if created else 200)

    def _existing(self) -> BlueprintTag | None:
        return self.get_queryset().filter(name=self.kwargs["name"]).first()
