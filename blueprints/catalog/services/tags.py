"""Naming versions of a blueprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from blueprints.catalog.models import BlueprintTag, BlueprintVersion
from blueprints.catalog.permissions import UPDATE_BLUEPRINT
from blueprints.catalog.services import changes as change
from iac_platform.common import audit

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor


@transaction.atomic
def tag_version(
    version: BlueprintVersion, *, name: str, actor: Actor, revision: int | None = None
) -> tuple[BlueprintTag, bool]:
    """Give a version a tag, taking the tag from whichever version has it.

    Args:
        version: what the tag shall name.
        name: the tag; unique in the blueprint.
        actor: who tags.
        revision: the tag's revision that the caller has seen; None skips the comparison.

    Returns:
        The tag, and whether it is new.

    Raises:
        BlueprintNotFound: the blueprint was deleted meanwhile.
        NotPermitted: the actor may not change it (any more).
        RevisionConflict: the tag has moved since.
        InvalidFields: the name does not fit.
    """
    # One tagger of a blueprint at a time.
    blueprint = change.lock(version.blueprint, actor=actor, permission=UPDATE_BLUEPRINT)
    tags = blueprint.tags.select_related("version", "blueprint").defer("version__document")
    tag = tags.filter(name=name).first()
    if tag is None:
        return _create(version, name=name, actor=actor), True
    change.require_revision(tag, revision)
    if tag.version_id != version.pk:
        moved = [tag.version.number, version.number]
        tag.version = version
        change.save_revised(tag)
        audit.record("blueprint.move_tag", tag, actor=actor, changes={"version": moved})
    return tag, False


@transaction.atomic
def remove_tag(tag: BlueprintTag, *, actor: Actor, revision: int | None = None) -> None:
    """Remove a tag; the version it names stays.

    Raises:
        BlueprintNotFound, TagNotFound: it was removed meanwhile.
        NotPermitted: the actor may not change the blueprint (any more).
        RevisionConflict: it has moved since.
    """
    blueprint = change.lock(tag.blueprint, actor=actor, permission=UPDATE_BLUEPRINT)
    # Asked already: a tag is part of its blueprint.
    fresh = change.lock(tag, actor=actor, permission=None, revision=revision)
    fresh.blueprint = blueprint
    named = BlueprintVersion.objects.values_list("number", flat=True).get(pk=fresh.version_id)
    audit.record("blueprint.remove_tag", fresh, actor=actor, changes={"version": named})
    fresh.delete()


def _create(version: BlueprintVersion, *, name: str, actor: Actor) -> BlueprintTag:
    tag = BlueprintTag(blueprint=version.blueprint, name=name, version=version)
    change.require_valid(tag)
    tag.save(force_insert=True)
    audit.record("blueprint.add_tag", tag, actor=actor, changes={"version": version.number})
    return tag
