"""Requests about projects, blueprints, their versions and tags, and component types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.models import Blueprint, BlueprintTag, BlueprintVersion, Project
from rbac.system_roles import BY_KEY
from tests.api.fixtures import TAG, document
from tests.api.sample import Address, Sample, Value, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_projects(fixture: Fixture, count: int) -> None:
    """Projects of the fixture's owner."""
    Project.objects.bulk_create(
        Project(name=f"Project {number}", created_by=fixture.owner) for number in range(count)
    )


def more_blueprints(fixture: Fixture, count: int) -> None:
    """Blueprints in the fixture's project."""
    Blueprint.objects.bulk_create(
        Blueprint(project=fixture.project, name=f"Blueprint {number}", created_by=fixture.owner)
        for number in range(count)
    )


def more_versions(fixture: Fixture, count: int) -> None:
    """Versions of the fixture's blueprint, each with a tag."""
    versions = BlueprintVersion.objects.bulk_create(
        BlueprintVersion(
            blueprint=fixture.blueprint,
            number=1000 + number,
            document=document(),
            content_hash=str(number),
            created_by=fixture.owner,
        )
        for number in range(count)
    )
    BlueprintTag.objects.bulk_create(
        BlueprintTag(blueprint=fixture.blueprint, version=version, name=f"version-{version.number}")
        for version in versions
    )


def more_tags(fixture: Fixture, count: int) -> None:
    """Tags on the fixture's latest version."""
    BlueprintTag.objects.bulk_create(
        BlueprintTag(blueprint=fixture.blueprint, version=fixture.version, name=f"tag-{number}")
        for number in range(count)
    )


_PROJECT = address_of("project")
_BLUEPRINT = address_of("blueprint")
_PART = address_of("blueprint", "blueprint")
_VERSION = Address(
    {**_PART.values, "number": lambda fixture: fixture.version.number}, hidden=_PART.hidden
)
_TAG = Address({**_PART.values, "name": lambda _: TAG}, hidden=_PART.hidden)
_NAMED: dict[str, Value | str] = {
    "name": lambda fixture: fixture.project.name,
    "search": lambda fixture: fixture.project.name[:-1],
    "created_by": lambda fixture: fixture.owner.pk,
}

READERS = frozenset(BY_KEY)
CHOOSERS = frozenset({"operator", "admin", "enterprise-architect"})


def labelled(name: str) -> dict[str, Any]:
    """A document that says something of the tenant it is about."""
    (component,) = document()["components"]
    return {**document(), "components": [{**component, "name": name}]}


RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
projects/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   -     201 201 201 403 201 201 403 403 403 401 201
projects/{pk}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    PATCH  other 200 200 200 403 200 403 403 403 404 401 200
    PATCH  own   200 200 200 403 200 200 403 403 404 401 200
    DELETE other 204 204 403 403 403 403 403 403 404 401 204
    DELETE own   204 204 403 403 403 403 403 403 404 401 204
blueprints/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   other 201 201 201 201 403 201 201 403 403 401 201
    POST   own   201 201 201 201 403 201 201 403 403 401 201
blueprints/validate/
    POST   -     200 200 200 200 200 200 200 200 403 401 200
blueprints/{pk}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    PATCH  other 200 200 200 200 403 200 403 403 404 401 200
    PATCH  own   200 200 200 200 403 200 200 403 404 401 200
    DELETE other 204 204 204 403 403 403 403 403 404 401 204
    DELETE own   204 204 204 204 403 204 403 403 404 401 204
default-tags/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    PUT    -     200 200 403 403 403 403 403 403 403 401 200
component-types/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
component-types/{name}/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
blueprint-schema/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
blueprints/{blueprint}/versions/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    POST   other 201 201 201 201 403 201 403 403 404 401 201
    POST   own   201 201 201 201 403 201 201 403 404 401 201
blueprints/{blueprint}/versions/{number}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
blueprints/{blueprint}/versions/{number}/diff/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
blueprints/{blueprint}/tags/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
blueprints/{blueprint}/tags/{name}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    PUT    other 200 200 200 200 403 200 403 403 404 401 200
    PUT    own   200 200 200 200 403 200 200 403 404 401 200
    DELETE other 204 204 204 204 403 204 403 403 404 401 204
    DELETE own   204 204 204 204 403 204 204 403 404 401 204
"""

SAMPLES = {
    "GET /api/v1/projects/": Sample(filters=_NAMED, fill=more_projects),
    "POST /api/v1/projects/": Sample(201, body=lambda _: {"name": "Warehouse"}),
    "GET /api/v1/projects/{pk}/": Sample(address=_PROJECT),
    "PATCH /api/v1/projects/{pk}/": Sample(address=_PROJECT, body=lambda _: {"name": "Renamed"}),
    "DELETE /api/v1/projects/{pk}/": Sample(204, address=address_of("empty_project")),
    "GET /api/v1/blueprints/": Sample(
        filters={
            "project": lambda fixture: fixture.project.pk,
            "name": lambda fixture: fixture.blueprint.name,
            "search": lambda fixture: fixture.blueprint.name[:-1],
            "created_by": lambda fixture: fixture.owner.pk,
        },
        fill=more_blueprints,
    ),
    "POST /api/v1/blueprints/": Sample(
        201,
        body=lambda fixture: {
            "project": str(fixture.project.pk),
            "name": "Another",
            "document": document(),
        },
        references=("project",),
    ),
    "POST /api/v1/blueprints/validate/": Sample(
        asks=True,
        body=lambda fixture: {
            "document": labelled(str(fixture.project.pk)),
            "blueprint": str(fixture.blueprint.pk),
        },
        references=("blueprint",),
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
        address=_VERSION, query="compare_to=1"
    ),
    "GET /api/v1/blueprints/{blueprint}/tags/": Sample(address=_PART, fill=more_tags),
    "GET /api/v1/blueprints/{blueprint}/tags/{name}/": Sample(address=_TAG),
    "PUT /api/v1/blueprints/{blueprint}/tags/{name}/": Sample(
        address=_TAG, body=lambda _: {"version": 1}
    ),
    "DELETE /api/v1/blueprints/{blueprint}/tags/{name}/": Sample(204, address=_TAG),
    "GET /api/v1/default-tags/": Sample(),
    "PUT /api/v1/default-tags/": Sample(body=lambda _: {"tags": {"cost-center": "4711"}}),
    "GET /api/v1/component-types/": Sample(),
    "GET /api/v1/component-types/{name}/": Sample(address=Address({"name": lambda _: "network"})),
    "GET /api/v1/blueprint-schema/": Sample(),
}

ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "catalog.defaulttags": (READERS, CHOOSERS, CHOOSERS, frozenset())
}
ADMIN_FORMS = {"catalog_defaulttags_add": {"tags": '{"cost-center": "4711"}'}}
ADMIN_FILTERS: dict[str, set[str]] = {"catalog.defaulttags": set()}
