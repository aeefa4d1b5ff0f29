"""Endpoints of the tags on a blueprint's versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema

from blueprints.catalog import permissions, selectors
from blueprints.catalog.errors import TagNotFound
from blueprints.catalog.models import BlueprintTag
from blueprints.catalog.rest import serializers
from blueprints.catalog.rest.views.parts import BLUEPRINT_ID, BlueprintPartViewSet
from blueprints.catalog.services import tags
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.etags import require_match
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import Destroying, Listing, Retrieving, Updating

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

_NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="The tag.")


class TagViewSet(
    BlueprintPartViewSet[BlueprintTag],
    Listing[BlueprintTag],
    Retrieving[BlueprintTag],
    Updating[BlueprintTag],
    Destroying[BlueprintTag],
):
    """Tags: names for versions, which can move, as ``production`` does."""

    model = BlueprintTag
    lookup_field = "name"
    action_permissions: ClassVar = {
        "list": permissions.VIEW_BLUEPRINT,
        "retrieve": permissions.VIEW_BLUEPRINT,
        "update": permissions.UPDATE_BLUEPRINT,
        "destroy": permissions.UPDATE_BLUEPRINT,
    }
    output_serializer = serializers.TagOutput
    ordering: ClassVar = ("name",)

    def objects(self) -> QuerySet[BlueprintTag]:
        """The blueprint's tags with what they name."""
        return self.blueprint.tags.select_related("version", "blueprint").defer("version__document")

    def readable_object(self) -> Any:
        """The tag, or the blueprint where the address names none.

        Raises:
            BlueprintNotFound, TagNotFound: there is none, or the user may not see it.
        """
        if "name" not in self.kwargs:
            return self.blueprint
        tag = self._existing()
        if tag is None:
            raise TagNotFound("No version of the blueprint carries this tag.")
        return tag

    @extend_schema(parameters=[BLUEPRINT_ID])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The tags of a blueprint, by name."""
        return super().list(request, *args, **kwargs)

    @extend_schema(parameters=[BLUEPRINT_ID, _NAME])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One tag."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(
        parameters=[BLUEPRINT_ID, _NAME],
        request=serializers.TagInput,
        responses={200: serializers.TagOutput, 201: serializers.TagOutput},
    )
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tag a version: make the tag, or move it from whichever version has it."""
        del args, kwargs
        blueprint = self.blueprint_to_change()
        existing, revision = self._existing(), None
        if "If-Match" in request.headers:
            require_match(request._request, existing, required=True)  # noqa: SLF001  # DRF has no public name for it
            revision = existing.revision if existing else None
        wanted = parse(serializers.TagInput, request)["version"]
        tag, created = tags.tag_version(
            selectors.version_of(blueprint, wanted),
            name=self.kwargs["name"],
            actor=actor_of(request),
            revision=revision,
        )
        return self.present(tag, 201 if created else 200)

    @extend_schema(parameters=[BLUEPRINT_ID, _NAME])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a tag; the version that it names stays."""
        return super().destroy(request, *args, **kwargs)

    def perform_destroy(self, obj: BlueprintTag) -> None:
        """Remove the tag."""
        conditional = "If-Match" in self.request.headers
        revision = obj.revision if conditional else None
        tags.remove_tag(obj, actor=actor_of(self.request), revision=revision)

    def _existing(self) -> BlueprintTag | None:
        return self.get_queryset().filter(name=self.kwargs["name"]).first()
