"""What documents are made of: component types and the schema of a whole document."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from blueprints.catalog import component_types, documents, permissions
from blueprints.catalog.rest import serializers
from iac_platform.gateway.filters import refuse_unknown_parameters
from iac_platform.gateway.published import Published
from iac_platform.gateway.rendering import OrjsonRenderer
from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from blueprints.catalog.component_types import ComponentType


class SchemaRenderer(OrjsonRenderer):
    """JSON Schema by its own name, which editors ask for."""

    media_type = "application/schema+json"


class ComponentTypeViewSet(ResourceViewSet[Any]):
    """Component types: the building blocks of documents, the same for every tenant."""

    lookup_field = "name"
    lookup_value_converter = "str"
    action_permissions: ClassVar = {
        "list": permissions.VIEW_COMPONENT_TYPE,
        "retrieve": permissions.VIEW_COMPONENT_TYPE,
    }
    output_serializer = serializers.ComponentTypeOutput
    pagination_class = None
    filter_backends = ()

    def readable_object(self) -> ComponentType:
        """The component type that the address names.

        Raises:
            UnknownComponentType: with the nearest names.
        """
        return component_types.get(self.kwargs["name"])

    @extend_schema(responses=serializers.ComponentTypePage)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All component types, on one page, each with the schema of its properties."""
        del args, kwargs
        refuse_unknown_parameters(request, self)
        return _all_types().answer(request)

    @extend_schema(parameters=[OpenApiParameter("name", str, OpenApiParameter.PATH)])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One component type."""
        del args, kwargs
        return _one_type(self.readable_object().name).answer(request)


class BlueprintSchemaViewSet(ResourceViewSet[Any]):
    """The JSON Schema of blueprint documents."""

    action_permissions: ClassVar = {"retrieve": permissions.VIEW_COMPONENT_TYPE}
    renderer_classes = (SchemaRenderer, OrjsonRenderer)

    @extend_schema(
        operation_id="blueprint_schema_retrieve",
        responses={(200, "application/schema+json"): OpenApiResponse({"type": "object"})},
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The JSON Schema (2020-12) of a whole document, for editors and other tools."""
        del args, kwargs
        return _schema().answer(request)


@cache
def _all_types() -> Published:
    return Published.page([_serialize(kind) for kind in component_types.all_types()])


@cache
def _one_type(name: str) -> Published:
    return Published.of(_serialize(component_types.get(name)))


@cache
def _schema() -> Published:
    return Published.of(documents.schema())


def _serialize(kind: ComponentType) -> dict[str, Any]:
    shown = {
        name: getattr(kind, name)
        for name in ("name", "title", "category", "description", "schema", "clouds", "relations")
    }
    return {**shown, "attributes": [asdict(attribute) for attribute in kind.attributes]}
