"""What documents are made of: component types and the schema of a whole document."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from blueprints.catalog import component_types, documents
from blueprints.catalog.permissions import VIEW_COMPONENT_TYPE
from blueprints.catalog.rest.serializers import ComponentTypeOutput, ComponentTypePage
from iac_platform.gateway.actions import Cached, allow
from iac_platform.gateway.published import Published
from iac_platform.gateway.rendering import OrjsonRenderer
from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from blueprints.catalog.component_types import ComponentType


_SCHEMA_ITSELF = {
    "operation_id": "blueprint_schema_retrieve",
    "responses": {(200, "application/schema+json"): OpenApiResponse({"type": "object"})},
}


class SchemaRenderer(OrjsonRenderer):
    """JSON Schema by its own name, which editors ask for."""

    media_type = "application/schema+json"


class ComponentTypeViewSet(ResourceViewSet[Any]):
    """Component types: the building blocks of documents, the same for every tenant."""

    lookup_field = "name"
    lookup_value_converter = "str"
    path_parameters = (OpenApiParameter("name", str, OpenApiParameter.PATH),)
    output_serializer = ComponentTypeOutput
    pagination_class = None
    filter_backends = ()

    def readable_object(self) -> ComponentType:
        """The component type that the address names; the error names the nearest."""
        return component_types.get(self.kwargs["name"])

    @allow(VIEW_COMPONENT_TYPE, cached=Cached.LIST, schema={"responses": ComponentTypePage})
    def list(self, _: Request) -> Response:
        """All component types, on one page, each with the schema of its properties."""
        return _all_types().answer()

    @allow(VIEW_COMPONENT_TYPE, cached=Cached.OBJECT)
    def retrieve(self, _: Request) -> Response:
        """One component type."""
        return _one_type(self.readable_object().name).answer()


class BlueprintSchemaViewSet(ResourceViewSet[Any]):
    """The JSON Schema of blueprint documents."""

    renderer_classes = (SchemaRenderer, OrjsonRenderer)

    @allow(VIEW_COMPONENT_TYPE, schema=_SCHEMA_ITSELF)
    def retrieve(self, _: Request) -> Response:
        """The JSON Schema (2020-12) of a whole document, for editors and other tools."""
        return _schema().answer()


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
