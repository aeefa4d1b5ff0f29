"""What the endpoints below one blueprint have in common."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model
from drf_spectacular.utils import OpenApiParameter

from blueprints.catalog import selectors
from blueprints.catalog.models import Blueprint
from iac_platform.gateway.nested import NestedViewSet

_Part = TypeVar("_Part", bound=Model)

BLUEPRINT_ID = OpenApiParameter(
    "blueprint", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH
)


class BlueprintPartViewSet(NestedViewSet[_Part, Blueprint]):
    """Endpoints of what belongs to the blueprint that the address names."""

    parent_field = "blueprint"

    def find_parent(self) -> Blueprint:
        """Look the blueprint up, with its project."""
        return selectors.visible_blueprint(self.kwargs["blueprint"], user=self.request.user)
