"""Adding versions to blueprints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from blueprints.catalog import documents, large_documents, selectors
from blueprints.catalog.models import Blueprint, BlueprintVersion, stored_size
from blueprints.catalog.permissions import UPDATE_BLUEPRINT, VIEW_BLUEPRINT
from blueprints.catalog.quotas import STORAGE
from blueprints.catalog.services.carried import with_carried
from iac_platform.common.changes import changing, create
from iac_platform.common.errors import RevisionConflict
from rbac.policy import require_of
from rbac.selectors import creator
from tenants.quotas.services import consume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission


@dataclass(frozen=True, slots=True)
class Content:
    """A document that has been found valid, with its fingerprint, its size and the warnings.

    Attributes:
        typed: the document as it was read.
        default_tags: those of the tenant that its version is made with; None if there are none.
    """

    document: Mapping[str, Any]
    typed: documents.Document
    default_tags: Mapping[str, str] | None
    content_hash: str
    size: int
    review: documents.Review

    @classmethod
    def checked(
        cls, document: object, *, actor: Actor, blueprint: Blueprint | None = None
    ) -> Content:
        """Check a document, with its tenant's default tags and the modules the actor may use.

        Args:
            document: JSON values.
            actor: who saves it, or would.
            blueprint: what it becomes a version of; None for a new one.

        Raises:
            InvalidDocument: it breaks rules; each is listed with its place.
            LargeDocumentsBusy: it is large, and so is another that is being checked.
        """
        document = with_carried(document, actor=actor, blueprint=blueprint)
        default_tags = selectors.default_tags().tags
        with large_documents.turn(document):
            typed = documents.validate(document, default_tags)
        valid = cast("Mapping[str, Any]", document)
        size = stored_size(valid) + (stored_size(default_tags) if default_tags else 0)
        content_hash = documents.content_hash(valid)
        content = cls(valid, typed, default_tags or None, content_hash, size, typed.review)
        if blueprint is not None:
            content.require_free_names(blueprint.prefix)
        return content

    def require_free_names(self, prefix: str) -> None:
        """Refuse a document that names a resource as the blueprint's prefix names another.

        Raises:
            InvalidDocument: it does.
        """
        documents.require_free_names(self.typed, self.document, prefix)

    def is_of(self, version: BlueprintVersion) -> bool:
        """Whether a version says the same, tags included."""
        is_same = version.content_hash == self.content_hash
        return is_same and version.default_tags == self.default_tags

    def following(self, version: BlueprintVersion) -> Content:
        """The same, with warnings about what it destroys of the version before it."""
        # Without a turn: the version is there already, and this takes a fraction of checking it.
        warnings = documents.succession_warnings(version.document, self.document)
        return replace(self, review=self.review.after(warnings))


def check_document(
    document: object, *, actor: Actor, blueprint: Blueprint | None = None
) -> Content:
    """Check a document without keeping it.

    Args:
        document: JSON values.
        actor: who would save it.
        blueprint: whose next version it would be, so that what this destroys is among the warnings
            and what its latest version carries may stay; None for a new blueprint.

    Raises:
        InvalidDocument: it breaks rules; each is listed with its place.
        NotPermitted: the actor may not see the blueprint.
    """
    if blueprint is None:
        return Content.checked(document, actor=actor)
    require_of(actor, VIEW_BLUEPRINT, blueprint)
    content = Content.checked(document, actor=actor, blueprint=blueprint)
    latest = _latest(blueprint)
    return content.following(latest) if latest else content


class Outcome(NamedTuple):
    """The version that now has the content, and whether it had to be made."""

    version: BlueprintVersion
    created: bool


def create_version(
    blueprint: Blueprint,
    *,
    document: object,
    actor: Actor,
    message: str = "",
    base: int | None = None,
    revision: int | None = None,
) -> Outcome:
    """Add a version to a blueprint.

    Numbers have no gaps, however many people write at once. Saving what the latest
    version already says makes no new one, so a repeated request does no harm. After a change
    of the tenant's default tags it makes one, which has the new tags.

    Args:
        blueprint: what to add it to.
        document: JSON values, as ``documents.parse`` returns them.
        actor: who adds it.
        message: why it was changed.
        base: the number of the version that the document was made from.
        revision: the blueprint's revision that the caller has seen. Without either, the
            last writer wins.

    Raises:
        InvalidDocument: the document breaks rules; each is listed with its place.
        BlueprintNotFound: the blueprint was deleted meanwhile.
        NotPermitted: the actor may not change it (any more).
        RevisionConflict: somebody changed the blueprint, or added a version, since.
        InvalidFields: the message does not fit.
        QuotaExceeded: the tenant stores as much as it may.
    """
    # Checking takes time, so it happens before the transaction holds a connection.
    content = Content.checked(document, actor=actor, blueprint=blueprint)
    with changing(blueprint, actor=actor, permission=UPDATE_BLUEPRINT, revision=revision) as draft:
        _compare_base(draft, base)
        latest = _latest(draft)
        if latest is not None and content.is_of(latest):
            latest.review = content.review
            return Outcome(latest, created=False)
        draft.latest_number += 1
        version = add_version(
            draft, content, message=message, actor=actor, permission=UPDATE_BLUEPRINT
        )
        consume(STORAGE, amount=content.size)
    if latest is not None:
        version.review = content.following(latest).review
    return Outcome(version, created=True)


def _compare_base(blueprint: Blueprint, base: int | None) -> None:
    if base is not None and base != blueprint.latest_number:
        raise RevisionConflict(
            f"The latest version is {blueprint.latest_number}. Read it and repeat your change."
        )


def add_version(
    blueprint: Blueprint, content: Content, *, message: str, actor: Actor, permission: Permission
) -> BlueprintVersion:
    """Write the version that ``blueprint.latest_number`` announces.

    Call it in the transaction that holds the blueprint, with the permission that it needs there,
    and use the quota of what is stored afterwards.

    Raises:
        InvalidFields: the message does not fit.
    """
    version = BlueprintVersion(
        blueprint=blueprint,
        number=blueprint.latest_number,
        document=content.document,
        default_tags=content.default_tags,
        content_hash=content.content_hash,
        size=content.size,
        message=message,
        created_by=creator(actor),
    )
    create(
        version,
        actor=actor,
        permission=permission,
        describe=lambda each: {"number": each.number, "content_hash": each.content_hash},
        action="blueprint.add_version",
        collides=False,  # whoever adds one holds the blueprint, and numbers have no gaps
    )
    # Both are known already: nobody can have tagged it yet, and it was just checked.
    version.tag_names, version.review = [], content.review
    return version


def _latest(blueprint: Blueprint) -> BlueprintVersion | None:
    versions = blueprint.versions.select_related("blueprint")
    return versions.filter(number=blueprint.latest_number).first()
