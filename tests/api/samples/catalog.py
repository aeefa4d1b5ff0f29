"""Requests about projects, blueprints, their versions and tags, and component types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.models import Blueprint, BlueprintTag, BlueprintVersion, Project
from tests.api.estates import TAG, document
from tests.api.samples.sample import Address, Sample, Value

if TYPE_CHECKING:
    from tests.api.estates import Estate


def more_projects(estate: Estate, count: int) -> None:
    """Projects of the estate's owner."""
    Project.objects.bulk_create(
        Project(name=f"Project {number}", created_by=estate.owner) for number in range(count)
    )


def more_blueprints(estate: Estate, count: int) -> None:
    """Blueprints in the estate's project."""
    Blueprint.objects.bulk_create(
        Blueprint(project=estate.project, name=f"Blueprint {number}", created_by=estate.owner)
        for number in range(count)
    )


def more_versions(estate: Estate, count: int) -> None:
    """Versions of the estate's blueprint, each with a tag."""
    versions = BlueprintVersion.objects.bulk_create(
        BlueprintVersion(
            blueprint=estate.blueprint,
            number=1000 + number,
            document=document(),
            content_hash=str(number),
            created_by=estate.owner,
        )
        for number in range(count)
    )
    BlueprintTag.objects.bulk_create(
        BlueprintTag(blueprint=estate.blueprint, version=version, name=f"version-{version.number}")
        for version in versions
    )


def more_tags(estate: Estate, count: int) -> None:
    """Tags on the estate's latest version."""
    BlueprintTag.objects.bulk_create(
        BlueprintTag(blueprint=estate.blueprint, version=estate.version, name=f"tag-{number}")
        for number in range(count)
    )


_PROJECT = Address({"pk": lambda estate: estate.project.pk}, hidden=("pk",))
_BLUEPRINT = Address({"pk": lambda estate: estate.blueprint.pk}, hidden=("pk",))
_PART = Address({"blueprint": lambda estate: estate.blueprint.pk}, hidden=("blueprint",))
_VERSION = Address(
    {**_PART.values, "number": lambda estate: estate.version.number}, hidden=_PART.hidden
)
_TAG = Address({**_PART.values, "name": lambda _: TAG}, hidden=_PART.hidden)
_NAMED: dict[str, Value | str] = {
    "name": lambda estate: estate.project.name,
    "search": lambda estate: estate.project.name[:-1],
    "created_by": lambda estate: estate.owner.pk,
}

SAMPLES = {
    "GET /api/v1/projects/": Sample(filters=_NAMED, fill=more_projects),
    "POST /api/v1/projects/": Sample(201, body=lambda _: {"name": "Warehouse"}),
    "GET /api/v1/projects/{pk}/": Sample(address=_PROJECT),
    "PATCH /api/v1/projects/{pk}/": Sample(address=_PROJECT, body=lambda _: {"name": "Renamed"}),
    "DELETE /api/v1/projects/{pk}/": Sample(
        204, address=Address({"pk": lambda estate: estate.empty_project.pk}, hidden=("pk",))
    ),
    "GET /api/v1/blueprints/": Sample(
        filters={
            "project": lambda estate: estate.project.pk,
            "name": lambda estate: estate.blueprint.name,
            "search": lambda estate: estate.blueprint.name[:-1],
            "created_by": lambda estate: estate.owner.pk,
        },
        fill=more_blueprints,
    ),
    "POST /api/v1/blueprints/": Sample(
        201,
        body=lambda estate: {
            "project": str(estate.project.pk),
            "name": "Another",
            "document": document(),
        },
        references=("project",),
    ),
    "GET /api/v1/blueprints/{pk}/": Sample(address=_BLUEPRINT),
    "PATCH /api/v1/blueprints/{pk}/": Sample(
        address=_BLUEPRINT, body=lambda _: {"name": "Renamed"}
    ),
    "DELETE /api/v1/blueprints/{pk}/": Sample(204, address=_BLUEPRINT),
    "GET /api/v1/blueprints/{blueprint}/versions/": Sample(address=_PART, fill=more_versions),
    "POST /api/v1/blueprints/{blueprint}/versions/": Sample(
        201, address=_PART, body=lambda _: {"document": document("10.2.0.0/16")}
    ),
    "GET /api/v1/blueprints/{blueprint}/versions/{number}/": Sample(address=_VERSION),
    "GET /api/v1/blueprints/{blueprint}/versions/{number}/diff/": Sample(
        address=_VERSION, query="against=1"
    ),
    "GET /api/v1/blueprints/{blueprint}/tags/": Sample(address=_PART, fill=more_tags),
    "GET /api/v1/blueprints/{blueprint}/tags/{name}/": Sample(address=_TAG),
    "PUT /api/v1/blueprints/{blueprint}/tags/{name}/": Sample(
        address=_TAG, body=lambda _: {"version": 1}
    ),
    "DELETE /api/v1/blueprints/{blueprint}/tags/{name}/": Sample(204, address=_TAG),
    "GET /api/v1/component-types/": Sample(),
    "GET /api/v1/component-types/{name}/": Sample(address=Address({"name": lambda _: "network"})),
    "GET /api/v1/blueprint-schema/": Sample(),
}
