"""Endpoints of blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.models import Blueprint
from blueprints.catalog.permissions import (
    CREATE_BLUEPRINT,
    DELETE_BLUEPRINT,
    UPDATE_BLUEPRINT,
    VIEW_BLUEPRINT,
)
from blueprints.catalog.rest.bodies import DocumentParser, in_document
from blueprints.catalog.rest.filters import BlueprintFilter
from blueprints.catalog.rest.serializers import (
    BlueprintCreated,
    BlueprintInput,
    BlueprintOutput,
    NamedChange,
    ValidationInput,
    ValidationOutput,
)
from blueprints.catalog.services.blueprints import (
    create_blueprint,
    delete_blueprint,
    update_blueprint,
)
from blueprints.catalog.services.versions import check_document
from iac_platform.gateway.actions import Extra, allow, creates, deletes, reads, updates
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

_UPDATE = "Rename or describe a blueprint; what it describes changes by adding a version."
_DELETE = "Delete the blueprint with all its versions and tags."


class BlueprintViewSet(ResourceViewSet[Blueprint]):
    """Blueprints: infrastructure described once, in versions that never change."""

    model = Blueprint
    parser_classes = (DocumentParser,)
    output_serializer = BlueprintOutput
    filterset_class = BlueprintFilter
    ordering_fields = ("created_at", "updated_at", "name")
    requires_if_match = True
    list, retrieve = reads(VIEW_BLUEPRINT, cached=True)
    create = creates(
        CREATE_BLUEPRINT, in_document(create_blueprint), BlueprintInput, output=BlueprintCreated
    )
    partial_update = updates(UPDATE_BLUEPRINT, update_blueprint, NamedChange, summary=_UPDATE)
    destroy = deletes(DELETE_BLUEPRINT, delete_blueprint, detail=_DELETE)

    @allow(VIEW_BLUEPRINT, body=ValidationInput, output=ValidationOutput, extra=Extra(detail=False))
    def validate(self, request: Request) -> Response:
        """Check a document without keeping it.

        It is refused as it would be when it is saved: 400 `invalid-document`, with every place.
        With a `blueprint`, the warnings say what it would destroy as that one's next version.
        """
        data = self.parse(ValidationInput)
        return self.present(in_document(check_document)(**data, actor=actor_of(request)))
