"""What is shown without a serializer is what the serializer would show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from rest_framework import serializers

from blueprints.catalog.documents import Problem, Review
from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from blueprints.catalog.rest.serializers import BlueprintOutput, ProjectOutput, VersionOutput
from iac_platform.gateway.outputs import serialize, serialize_all
from rbac.models import Team, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant


class WithMethod(serializers.ModelSerializer[Project]):
    """Shows what only a serializer can find out."""

    shouted = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = ("id", "shouted")

    def get_shouted(self, project: Project) -> str:
        """The name, as the context wants it."""
        return project.name + str(self.context["end"])


class WithMethodOfModel(serializers.ModelSerializer[Project]):
    """Shows what the model answers when it is called."""

    text = serializers.CharField(source="__str__")

    class Meta:
        model = Project
        fields = ("id", "text")


class WithProjects(serializers.ModelSerializer[Team]):
    """Shows rows that refer to it."""

    projects = ProjectOutput(many=True)

    class Meta:
        model = Team
        fields = ("id", "projects")


def version(project: Project) -> BlueprintVersion:
    """A version with a warning."""
    blueprint = Blueprint(project=project, name="Web", latest_number=1)
    made = BlueprintVersion(blueprint=blueprint, number=1, document={"a": [1]}, message="Why")
    made.created_at, made.tag_names = datetime(2026, 1, 2, tzinfo=UTC), ["a", "b"]
    made.review = Review((Problem(("a",), "Few.", "too-few", "warning", "Add."),), 3)
    return made


@pytest.fixture
def projects(in_scope: Tenant, person: Callable[..., User]) -> list[Project]:
    """One with everything, and one with nothing."""
    user = person(in_scope, "engineer")
    team = Team.objects.create(name="Shop")
    full = Project.objects.create(name="Full \u2028 <b>", team=team, created_by=user)
    return [full, Project.objects.create(name="Empty")]


@pytest.mark.parametrize("microsecond", [0, 1, 120_000])
def test_the_same_is_shown(projects: list[Project], microsecond: int) -> None:
    for project in projects:
        project.created_at = datetime(2026, 1, 2, 3, 4, 5, microsecond, UTC)
    shapes: list[tuple[Any, Any]] = [
        *((ProjectOutput, each) for each in projects),
        (BlueprintOutput, Blueprint.objects.create(project=projects[0], name="Web")),
        (VersionOutput, version(projects[0])),
        (WithProjects, projects[0].team),
        (WithMethod, projects[0]),
        (WithMethodOfModel, projects[0]),
        (BlueprintOutput, dict.fromkeys(BlueprintOutput.Meta.fields, None) | {"name": "x"}),
    ]
    context = {"end": "!"}
    for shape, obj in shapes[:-1]:
        assert serialize(shape, obj, context) == shape(obj, context=context).data
    with pytest.raises(KeyError, match="project_id"):
        serialize(*shapes[-1], context)


def test_the_same_list_is_shown(projects: list[Project]) -> None:
    for shape in (ProjectOutput, WithMethod):
        context = {"end": "?"}
        shown = shape(projects, many=True, context=context).data
        assert serialize_all(shape, projects, context) == shown
        assert serialize_all(shape, [], context) == []
