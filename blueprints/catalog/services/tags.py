"""Naming versions of a blueprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.models import BlueprintTag, BlueprintVersion
from blueprints.catalog.permissions import UPDATE_BLUEPRINT
from iac_platform.common.changes import changing, create, deleting, lock
from iac_platform.common.errors import RevisionConflict
from iac_platform.common.transactions import one_transaction

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor


@one_transaction()
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
        RevisionConflict: the tag has moved since, or was removed.
        InvalidFields: the name does not fit.
    """
    # One tagger of a blueprint at a time.
    blueprint = lock(version.blueprint, actor=actor, permission=UPDATE_BLUEPRINT)
    tags = blueprint.tags.select_related("version").defer(
        "version__document", "version__default_tags"
    )
    found = tags.filter(name=name).first()
    if found is None:
        if revision is not None:
            raise RevisionConflict("The tag was removed. Read the blueprint's tags again.")
        tag = create(
            BlueprintTag(blueprint=blueprint, name=name, version=version),
            actor=actor,
            permission=UPDATE_BLUEPRINT,
            describe=lambda tag: {"version": tag.version.number},
            action="blueprint.add_tag",
        )
        return tag, True
    numbers = {each.pk: each.number for each in (found.version, version)}
    with changing(
        found,
        actor=actor,
        permission=None,  # asked of the blueprint, which the tag is a part of
        revision=revision,
        action="blueprint.move_tag",
        describe=lambda tag: {"version": numbers[tag.version_id]},
    ) as draft:
        draft.blueprint, draft.version = blueprint, version
    return draft, False


@one_transaction()
def remove_tag(tag: BlueprintTag, *, actor: Actor, revision: int | None = None) -> None:
    """Remove a tag; the version it names stays.

    Raises:
        BlueprintNotFound, TagNotFound: it was removed meanwhile.
        NotPermitted: the actor may not change the blueprint (any more).
        RevisionConflict: it has moved since.
    """
    blueprint = lock(tag.blueprint, actor=actor, permission=UPDATE_BLUEPRINT)
    with deleting(
        tag,
        actor=actor,
        permission=None,  # likewise
        revision=revision,
        action="blueprint.remove_tag",
        describe=_describe,
    ) as fresh:
        fresh.blueprint = blueprint


def _describe(tag: BlueprintTag) -> dict[str, Any]:
    """What the audit log says of a tag."""
    numbers = BlueprintVersion.objects.filter(pk=tag.version_id).values_list("number", flat=True)
    return {"version": numbers.get()}
