"""Reading projects, blueprints and versions as far as somebody may."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from blueprints.catalog.errors import BlueprintNotFound, ProjectNotFound, VersionNotFound
from blueprints.catalog.models import (
    LATEST,
    Blueprint,
    BlueprintTag,
    BlueprintVersion,
    DefaultTags,
    Project,
)
from blueprints.catalog.permissions import VIEW_BLUEPRINT, VIEW_PROJECT
from iac_platform.common.compiled_queries import CompiledQuery
from rbac.policy import check
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from blueprints.catalog.documents import NamedVersion

MAX_NAMED = 500
_LAST_NUMBER = 2**31 - 1
# What is asked for by id is found first, and then held to the rule: the text stays the same.
_PROJECT: CompiledQuery[Project] = CompiledQuery(lambda key: Project.objects.filter(pk=key), UUID)
_BLUEPRINT: CompiledQuery[Blueprint] = CompiledQuery(
    lambda key: Blueprint.objects.select_related("project").filter(pk=key), UUID
)
_BY_NUMBER: CompiledQuery[BlueprintVersion] = CompiledQuery(
    lambda blueprint, number: _versions_of(blueprint).filter(number=number), UUID, int
)
_BY_TAG: CompiledQuery[BlueprintVersion] = CompiledQuery(
    lambda blueprint, tag: _versions_of(blueprint).filter(tags__name=tag), UUID, str
)
_DEFAULT_TAGS: CompiledQuery[DefaultTags] = CompiledQuery(DefaultTags.objects.order_by)


def default_tags() -> DefaultTags:
    """The tags that new versions get; an unsaved row without any if nobody has chosen some."""
    return _DEFAULT_TAGS.first() or DefaultTags(pk=current_tenant_id())


def known_projects(ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of these ids that projects of the tenant have."""
    return frozenset(Project.objects.filter(pk__in=ids).values_list("pk", flat=True))


def named_projects(user: Any, *, ids: Iterable[UUID] | None = None) -> dict[UUID, str]:
    """Names of projects that the user may see, by id.

    Args:
        user: who asks; None for the platform itself, which sees all.
        ids: those of these; None for the first 500 of all.
    """
    rows = Project.objects.all()
    projects = (rows if user is None else rows.permitted(user, VIEW_PROJECT)).order_by("name")
    chosen = projects.filter(pk__in=ids) if ids is not None else projects[:MAX_NAMED]
    return dict(chosen.values_list("pk", "name"))


def visible_project(project_id: UUID, *, user: Any) -> Project:
    """The project of this id, if the user may see it.

    Raises:
        ProjectNotFound: there is none, or they may not.
    """
    project = _PROJECT.first(project_id)
    if project is None or not check(user, VIEW_PROJECT, project):
        raise ProjectNotFound(
            "The project does not exist, or you may not see it.",
            errors=[{"pointer": "/project", "code": "not-found", "detail": "No such project."}],
        )
    return project


def visible_blueprint(blueprint_id: UUID, *, user: Any) -> Blueprint:
    """The blueprint of this id with its project, if the user may see it.

    Raises:
        BlueprintNotFound: there is none, or they may not.
    """
    blueprint = _BLUEPRINT.first(blueprint_id)
    if blueprint is None or not check(user, VIEW_BLUEPRINT, blueprint):
        raise BlueprintNotFound("The blueprint does not exist, or you may not see it.")
    return blueprint


def named_versions(named: Iterable[NamedVersion], *, user: Any) -> list[BlueprintVersion]:
    """Those of these versions that are there and that the user may see, without their documents.

    Args:
        named: as documents name them.
        user: who asks; None for the platform itself, which sees all.
    """
    wanted = [version for version in named if _can_exist(version)]
    if not wanted:
        return []
    rows = BlueprintVersion.objects.defer("document")
    visible = rows if user is None else rows.permitted(user, VIEW_BLUEPRINT)
    pairs = (Q(blueprint_id=version.blueprint, number=version.number) for version in wanted)
    return list(visible.filter(reduce(or_, pairs)))


def documents_of(versions: Iterable[BlueprintVersion]) -> dict[tuple[str, int], Any]:
    """The documents of versions, by the blueprint's id and the number."""
    rows = BlueprintVersion.objects.filter(pk__in=[version.pk for version in versions])
    found = rows.values_list("blueprint_id", "number", "document")
    return {(str(blueprint), number): each for blueprint, number, each in found}


def _can_exist(version: NamedVersion) -> bool:
    try:
        is_id = str(UUID(version.blueprint)) == version.blueprint
    except ValueError:
        return False
    return is_id and 0 < version.number <= _LAST_NUMBER


def versions_of(blueprint: Blueprint) -> QuerySet[BlueprintVersion]:
    """The versions of a blueprint, with the names of their tags, in one query."""
    return _versions_of(blueprint.pk)


def _versions_of(blueprint_id: UUID) -> QuerySet[BlueprintVersion]:
    tags = BlueprintTag.objects.filter(version_id=OuterRef("pk")).order_by("name")
    return BlueprintVersion.objects.filter(blueprint_id=blueprint_id).annotate(
        tag_names=ArraySubquery(tags.values("name"))  # type: ignore[no-redef]  # fills the cached property
    )


def version_of(blueprint: Blueprint, name: int | str) -> BlueprintVersion:
    """One version of a blueprint, by its number, as ``latest`` or by a tag.

    Raises:
        VersionNotFound: the blueprint has none of that number or tag.
    """
    number = blueprint.latest_number if name == LATEST else name
    is_number = str(number).isdecimal()
    if is_number:
        version = _BY_NUMBER.first(blueprint.pk, int(number))
    else:
        version = _BY_TAG.first(blueprint.pk, number)
    if version is None:
        kind = "with the number" if is_number else "with the tag"
        raise VersionNotFound(
            f"There is no version {kind} {name}; the latest is {blueprint.latest_number}."
        )
    version.blueprint = blueprint
    return version
