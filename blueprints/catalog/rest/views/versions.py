"""Endpoints of a blueprint's versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from blueprints.catalog import documents, permissions, selectors
from blueprints.catalog.models import TAG_IN_ADDRESS, BlueprintVersion
from blueprints.catalog.rest import serializers
from blueprints.catalog.rest.bodies import DocumentParser, places_in
from blueprints.catalog.rest.views.parts import BLUEPRINT_ID, BlueprintPartViewSet
from blueprints.catalog.services import versions
from iac_platform.common.errors import InvalidFields
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.etags import require_match
from iac_platform.gateway.filters import refuse_unknown_parameters
from iac_platform.gateway.serializers import parse, present
from iac_platform.gateway.viewsets import Retrieving

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
_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The blueprint's ETag: 412 when somebody has changed it since.",
)
_AGAINST = OpenApiParameter(
    "compare_to",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.QUERY,
    description="The version to compare with; the one before unless given.",
)


class VersionPartViewSet(BlueprintPartViewSet[BlueprintVersion]):
    """Endpoints of the version that the address names."""

    model = BlueprintVersion
    lookup_field = "number"

    def readable_object(self) -> Any:
        """The version, or the blueprint where the address names none.

        Raises:
            BlueprintNotFound, VersionNotFound: there is none, or the user may not see it.
        """
        number = self.kwargs.get("number")
        return selectors.version_of(self.blueprint, number) if number else self.blueprint


class VersionViewSet(VersionPartViewSet, Retrieving[BlueprintVersion]):
    """Versions: documents that never change, numbered without gaps."""

    action_permissions: ClassVar = {
        "list": permissions.VIEW_BLUEPRINT,
        "retrieve": permissions.VIEW_BLUEPRINT,
        "create": permissions.UPDATE_BLUEPRINT,
        "diff": permissions.VIEW_BLUEPRINT,
    }
    parser_classes = (DocumentParser,)
    output_serializer = serializers.VersionOutput
    ordering: ClassVar = ("-number",)

    def objects(self) -> QuerySet[BlueprintVersion]:
        """The versions of the blueprint, without their documents."""
        return selectors.versions_of(self.blueprint).defer("document")

    @extend_schema(parameters=[BLUEPRINT_ID], responses=serializers.VersionSummary(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The versions of a blueprint, newest first, without their documents."""
        del args, kwargs
        refuse_unknown_parameters(request, self)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(serializers.VersionSummary(page, many=True).data)

    @extend_schema(parameters=[BLUEPRINT_ID, VERSION_NUMBER])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One version with its document."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(
        parameters=[BLUEPRINT_ID, _IF_MATCH],
        request=serializers.VersionInput,
        responses={
            201: serializers.VersionOutput,
            200: OpenApiResponse(
                serializers.VersionOutput, "The latest version says the same: none was made."
            ),
        },
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a version."""
        del args, kwargs
        blueprint = self.blueprint_to_change()
        revision = None
        if "If-Match" in request.headers:
            require_match(request._request, blueprint, required=True)  # noqa: SLF001  # DRF has no public name for it
            revision = blueprint.revision
        data = parse(serializers.VersionInput, request)
        data["base"] = data.pop("base_version")
        with places_in("/document"):
            version, created = versions.create_version(
                blueprint, **data, actor=actor_of(request), revision=revision
            )
        location = f"{request.path}{version.number}/"
        return self.present(version, 201 if created else 200, Location=location)

    @extend_schema(
        parameters=[BLUEPRINT_ID, VERSION_NUMBER, _AGAINST], responses=serializers.DiffOutput
    )
    def diff(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What changed from another version to this one."""
        del args, kwargs
        version = self.get_object()
        earlier = selectors.version_of(self.blueprint, _compared_to(request, version))
        changes = documents.diff(earlier.document, version.document)
        result = {"compare_to": earlier.number, "number": version.number, "changes": changes}
        return present(serializers.DiffOutput, result)


def _compared_to(request: Request, version: BlueprintVersion) -> int:
    given = request.query_params.get("compare_to", str(version.number - 1))
    digits = (
        given.isascii() and given.isdecimal() and len(given) <= len(str(serializers.MAX_NUMBER))
    )
    if digits and int(given) > 0:
        return int(given)
    raise InvalidFields.at("compare_to", "Name the version to compare with, by its number.")
