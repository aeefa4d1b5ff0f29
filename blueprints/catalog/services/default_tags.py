"""Choosing the tags that everything gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog import documents, selectors
from blueprints.catalog.models import DefaultTags
from blueprints.catalog.permissions import UPDATE_DEFAULT_TAGS
from iac_platform.common.changes import changing
from iac_platform.common.errors import InvalidFields
from iac_platform.common.transactions import one_transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor

MAX_REPORTED = 100


@one_transaction()
def set_default_tags(
    tags: Mapping[str, str], *, actor: Actor, revision: int | None = None
) -> DefaultTags:
    """Choose the tags of everything that versions describe from now on, in place of all others.

    Versions that are there keep those that they were made with.

    Args:
        tags: values by key.
        actor: who chooses.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        NotPermitted: the actor may not choose them.
        RevisionConflict: they changed since.
        InvalidFields: a cloud would refuse one; each is listed with its place.
    """
    if problems := documents.default_tag_problems(tags):
        # As many as are shown; what is refused may be of any size.
        raise InvalidFields.of_fields(
            {problem.pointer[1:]: [problem.message] for problem in problems[:MAX_REPORTED]}
        )
    with changing(
        _get_or_create(), actor=actor, permission=UPDATE_DEFAULT_TAGS, revision=revision
    ) as draft:
        draft.tags = dict(tags)
    return draft


def _get_or_create() -> DefaultTags:
    """The tenant's row, which is there from the first choice on."""
    row = selectors.default_tags()
    if row._state.adding:  # noqa: SLF001  # Django says it nowhere else
        # Two who choose the first ones at once then wait for each other.
        DefaultTags.objects.bulk_create([row], ignore_conflicts=True)
    return row
