"""Endpoints of blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema

from blueprints.catalog import permissions, selectors
from blueprints.catalog.models import Blueprint
from blueprints.catalog.rest import serializers
from blueprints.catalog.rest.bodies import DocumentParser, places_in
from blueprints.catalog.rest.filters import BlueprintFilter
from blueprints.catalog.services import blueprints
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import Creating, Destroying, Listing, Retrieving, Updating

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class BlueprintViewSet(
    Listing[Blueprint],
    Retrieving[Blueprint],
    Creating[Blueprint],
    Updating[Blueprint],
    Destroying[Blueprint],
):
    """Blueprints: infrastructure described once, in versions that never change."""

    model = Blueprint
    action_permissions: ClassVar = {
        "list": permissions.VIEW_BLUEPRINT,
        "retrieve": permissions.VIEW_BLUEPRINT,
        "create": permissions.CREATE_BLUEPRINT,
        "partial_update": permissions.UPDATE_BLUEPRINT,
        "destroy": permissions.DELETE_BLUEPRINT,
    }
    parser_classes = (DocumentParser,)
    input_serializer = serializers.BlueprintInput
    output_serializer = serializers.BlueprintOutput
    filterset_class = BlueprintFilter
    ordering_fields: ClassVar = ("created_at", "updated_at", "name")
    ordering_columns: ClassVar = {"name": "name_key"}
    requires_if_match = True
    lookup_value_converter = "uuid"

    def perform_create(self, data: dict[str, Any]) -> Blueprint:
        """Add the blueprint with its first version."""
        project = selectors.visible_project(data.pop("project"), user=self.request.user)
        with places_in("/document"):
            return blueprints.create_blueprint(project, **data, actor=actor_of(self.request))

    @extend_schema(request=serializers.NamedChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename or describe a blueprint; what it describes changes by adding a version."""
        del args, kwargs
        blueprint = self.get_object_to_change()
        changes = parse(serializers.NamedChange, request)
        actor = actor_of(request)
        return self.present(
            blueprints.update_blueprint(
                blueprint, actor=actor, changes=changes, revision=blueprint.revision
            )
        )

    def perform_destroy(self, obj: Blueprint) -> None:
        """Delete the blueprint with all its versions and tags."""
        blueprints.delete_blueprint(obj, actor=actor_of(self.request), revision=obj.revision)
