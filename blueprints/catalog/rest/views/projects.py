"""Endpoints of projects."""

from __future__ import annotations

from blueprints.catalog.models import Project
from blueprints.catalog.permissions import (
    CREATE_PROJECT,
    DELETE_PROJECT,
    UPDATE_PROJECT,
    VIEW_PROJECT,
)
from blueprints.catalog.rest.filters import ProjectFilter
from blueprints.catalog.rest.serializers import ProjectChange, ProjectInput, ProjectOutput
from blueprints.catalog.services import projects
from iac_platform.gateway.actions import creates, deletes, reads, updates
from iac_platform.gateway.viewsets import ResourceViewSet


class ProjectViewSet(ResourceViewSet[Project]):
    """Projects: what a team works on."""

    model = Project
    output_serializer = ProjectOutput
    filterset_class = ProjectFilter
    ordering_fields = ("created_at", "updated_at", "name")
    requires_if_match = True
    list, retrieve = reads(VIEW_PROJECT, cached=True)
    create = creates(CREATE_PROJECT, projects.create_project, ProjectInput)
    partial_update = updates(UPDATE_PROJECT, projects.update_project, ProjectChange)
    destroy = deletes(DELETE_PROJECT, projects.delete_project, detail="It must be empty.")
