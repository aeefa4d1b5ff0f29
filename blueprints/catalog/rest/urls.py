"""Where the endpoints of this app are."""

from __future__ import annotations

from django.urls import path, register_converter
from rest_framework.routers import SimpleRouter

from blueprints.catalog.models import LATEST, TAG_IN_ADDRESS
from blueprints.catalog.rest.views.blueprints import BlueprintViewSet
from blueprints.catalog.rest.views.component_types import (
    BlueprintSchemaViewSet,
    ComponentTypeViewSet,
)
from blueprints.catalog.rest.views.default_tags import DefaultTagsViewSet
from blueprints.catalog.rest.views.projects import ProjectViewSet
from blueprints.catalog.rest.views.tags import TagViewSet
from blueprints.catalog.rest.views.versions import VersionViewSet


class VersionConverter:
    """A version in an address: its number, ``latest``, or a tag on it."""

    regex = rf"{LATEST}|[1-9][0-9]{{0,8}}|{TAG_IN_ADDRESS}"

    def to_python(self, value: str) -> str:
        """As it is; the selector resolves it."""
        return value

    def to_url(self, value: int | str) -> str:
        """As it is shown."""
        return str(value)


register_converter(VersionConverter, "version")

router = SimpleRouter(use_regex_path=False)
router.register("projects", ProjectViewSet, basename="project")
router.register("blueprints", BlueprintViewSet, basename="blueprint")
router.register("component-types", ComponentTypeViewSet, basename="component-type")

_BLUEPRINT = "blueprints/<uuid:blueprint>/"

urlpatterns = [
    *router.urls,
    path(
        "blueprint-schema/",
        BlueprintSchemaViewSet.as_view({"get": "retrieve"}),
        name="blueprint-schema",
    ),
    path(
        "default-tags/",
        DefaultTagsViewSet.as_view({"get": "show", "put": "update"}),
        name="default-tags",
    ),
    path(
        f"{_BLUEPRINT}versions/",
        VersionViewSet.as_view({"get": "list", "post": "create"}),
        name="blueprint-version-list",
    ),
    path(
        f"{_BLUEPRINT}versions/<version:number>/",
        VersionViewSet.as_view({"get": "retrieve"}),
        name="blueprint-version-detail",
    ),
    path(
        f"{_BLUEPRINT}versions/<version:number>/diff/",
        VersionViewSet.as_view({"get": "diff"}),
        name="blueprint-version-diff",
    ),
    path(f"{_BLUEPRINT}tags/", TagViewSet.as_view({"get": "list"}), name="blueprint-tag-list"),
    path(
        f"{_BLUEPRINT}tags/<str:name>/",
        TagViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="blueprint-tag-detail",
    ),
]
