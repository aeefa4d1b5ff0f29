"""Endpoints of a blueprint's versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from blueprints.catalog import documents, large_documents, selectors
from blueprints.catalog.models import TAG_IN_ADDRESS, BlueprintTag, BlueprintVersion
from blueprints.catalog.permissions import UPDATE_BLUEPRINT, VIEW_BLUEPRINT
from blueprints.catalog.rest import serializers
from blueprints.catalog.rest.bodies import DocumentParser, in_document
from blueprints.catalog.rest.views.parts import BLUEPRINT_ID, BlueprintPartViewSet
from blueprints.catalog.services import versions
from iac_platform.common.errors import InvalidFields
from iac_platform.gateway.actions import Cached, allow, lists, retrieves
from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

VERSION_NUMBER = OpenApiParameter(
    "number",
    {"type": "string", "pattern": f"^(latest|[1-9][0-9]{{0,8}}|{TAG_IN_ADDRESS})$"},
    OpenApiParameter.PATH,
    description="The version's number, `latest`, or a tag on it.",
)
_CREATION = {
    "parameters": [
        OpenApiParameter(
            "If-Match",
            str,
            OpenApiParameter.HEADER,
            description="The blueprint's ETag: 412 when somebody has changed it since.",
        )
    ],
    "responses": {
        201: serializers.VersionOutput,
        200: OpenApiResponse(
            serializers.VersionOutput, "The latest version says the same: none was made."
        ),
    },
}
_COMPARISON = {
    "parameters": [
        OpenApiParameter(
            "compare_to",
            {"type": "integer", "minimum": 1},
            OpenApiParameter.QUERY,
            description="The version to compare with; the one before unless given.",
        )
    ]
}


class VersionPartViewSet(BlueprintPartViewSet[BlueprintVersion]):
    """Endpoints of the version that the address names."""

    model = BlueprintVersion
    lookup_field = "number"
    path_parameters = (BLUEPRINT_ID, VERSION_NUMBER)

    def cached_as(self) -> Cached | None:
        """Another version becomes the latest when it is added."""
        kept, number = super().cached_as(), self.kwargs.get("number", "")
        return kept if kept is None or number.isdecimal() else Cached.LIST

    def find_part(self) -> BlueprintVersion:
        """The version, by its number, as ``latest`` or by a tag."""
        return selectors.version_of(self.parent, self.kwargs["number"])


class VersionViewSet(VersionPartViewSet):
    """Versions: documents that never change, numbered without gaps."""

    parser_classes = (DocumentParser,)
    output_serializer = serializers.VersionOutput
    ordering = ("-number",)
    list = lists(
        VIEW_BLUEPRINT,
        cached=Cached.LIST,
        output=serializers.VersionSummary,
        summary="The versions of a blueprint, newest first, without their documents.",
    )
    retrieve = retrieves(
        VIEW_BLUEPRINT,
        cached=Cached.OBJECT,
        includes=(BlueprintTag,),
        summary="One version with its document.",
    )

    def objects(self) -> QuerySet[BlueprintVersion]:
        """The versions of the blueprint, without their documents."""
        return selectors.versions_of(self.parent).defer("document", "default_tags")

    @allow(UPDATE_BLUEPRINT, body=serializers.VersionInput, schema=_CREATION)
    def create(self, request: Request) -> Response:
        """Add a version."""
        blueprint = self.parent_to_change()
        self.require_seen(blueprint)
        add_version, seen = in_document(versions.create_version), self.seen_revision(blueprint)
        data = self.parse(serializers.VersionInput)
        made = add_version(blueprint, **data, actor=actor_of(request), revision=seen)
        location = f"{request.path}{made.version.number}/"
        return self.present(made.version, 201 if made.created else 200, Location=location)

    @allow(VIEW_BLUEPRINT, output=serializers.DiffOutput, schema=_COMPARISON)
    def diff(self, request: Request) -> Response:
        """What changed from another version to this one."""
        version = self.get_object()
        earlier = selectors.version_of(self.parent, _compared_to(request, version))
        both = earlier.said, version.said
        with large_documents.turn(*both):
            changes = documents.diff(*both)
            review = documents.Review.of(documents.succession_warnings(*both))
        numbers = {"compare_to": earlier.number, "number": version.number}
        return self.present({**numbers, "changes": changes, "review": review})


def _compared_to(request: Request, version: BlueprintVersion) -> int:
    given = request.query_params.get("compare_to", str(version.number - 1))
    digits = (
        given.isascii() and given.isdecimal() and len(given) <= len(str(serializers.MAX_NUMBER))
    )
    if digits and int(given) > 0:
        return int(given)
    raise InvalidFields.at("compare_to", "Name the version to compare with, by its number.")
