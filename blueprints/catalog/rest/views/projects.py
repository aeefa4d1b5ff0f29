"""Endpoints of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema

from blueprints.catalog import permissions
from blueprints.catalog.models import Project
from blueprints.catalog.rest import serializers
from blueprints.catalog.rest.filters import ProjectFilter
from blueprints.catalog.services import projects
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import Creating, Destroying, Listing, Retrieving, Updating
from rbac.rest.references import visible_team

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class ProjectViewSet(
    Listing[Project], Retrieving[Project], Creating[Project], Updating[Project], Destroying[Project]
):
    """Projects: what a team works on."""

    model = Project
    action_permissions: ClassVar = {
        "list": permissions.VIEW_PROJECT,
        "retrieve": permissions.VIEW_PROJECT,
        "create": permissions.CREATE_PROJECT,
        "partial_update": permissions.UPDATE_PROJECT,
        "destroy": permissions.DELETE_PROJECT,
    }
    input_serializer = serializers.ProjectInput
    output_serializer = serializers.ProjectOutput
    filterset_class = ProjectFilter
    ordering_fields: ClassVar = ("created_at", "updated_at", "name")
    ordering_columns: ClassVar = {"name": "name_key"}
    requires_if_match = True
    lookup_value_converter = "uuid"

    def perform_create(self, data: dict[str, Any]) -> Project:
        """Start the project."""
        return projects.create_project(**self._with_team(data), actor=actor_of(self.request))

    @extend_schema(request=serializers.ProjectChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename or describe a project, or give it to a team."""
        del args, kwargs
        project = self.get_object_to_change()
        changes = self._with_team(parse(serializers.ProjectChange, request))
        actor = actor_of(request)
        return self.present(
            projects.update_project(
                project, actor=actor, changes=changes, revision=project.revision
            )
        )

    def _with_team(self, data: dict[str, Any]) -> dict[str, Any]:
        """The team that a body names, where it names one."""
        if data.get("team") is None:
            return data
        return {**data, "team": visible_team(data["team"], self.request.user)}

    def perform_destroy(self, obj: Project) -> None:
        """Delete the project, which must be empty."""
        projects.delete_project(obj, actor=actor_of(self.request), revision=obj.revision)
