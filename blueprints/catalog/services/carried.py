"""What a document carries of other blueprints of the tenant: of what its author may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog import documents, large_documents, selectors
from blueprints.catalog.documents.limits import MAX_BYTES
from blueprints.catalog.permissions import VIEW_BLUEPRINT
from blueprints.catalog.problems import Problem
from iac_platform.common.audit import SystemActor
from rbac.policy import check

if TYPE_CHECKING:
    from blueprints.catalog.models import Blueprint
    from iac_platform.common.audit import Actor

    Found = dict[documents.NamedVersion, Any]


def with_carried(document: object, *, actor: Actor, blueprint: Blueprint | None = None) -> object:
    """Put into a document what it needs of the versions that it names.

    Those that do not exist, those of another tenant and those that the actor may not see are left
    out alike: whoever checks the document finds that they are not there. What the blueprint's
    latest version carries may stay, so that a blueprint outlives those that it names.

    Args:
        document: JSON values; what it carries by itself is not believed.
        actor: who saves it.
        blueprint: what it becomes a version of; None for a new one.

    Raises:
        InvalidDocument: the versions are more than may be read; ``documents.validate`` measures
            what the document comes to with them.
        LargeDocumentsBusy: the versions are large, and so is another document in work.
    """
    wanted = documents.versions_named(document)
    found: Found = {}
    if wanted and not documents.too_many(wanted):
        user = None if isinstance(actor, SystemActor) else actor
        if blueprint is not None and (user is None or check(user, VIEW_BLUEPRINT, blueprint)):
            found |= _kept(blueprint, wanted)
        found |= _visible(wanted - found.keys(), user)
    return documents.with_carried(document, found)


def _kept(blueprint: Blueprint, wanted: set[documents.NamedVersion]) -> Found:
    """Return what the latest version carries of these."""
    latest = blueprint.versions.filter(number=blueprint.latest_number).first()
    return dict(documents.carried_versions(latest.document, wanted)) if latest else {}


def _visible(wanted: set[documents.NamedVersion], user: Any) -> Found:
    """Return what there is of those that a user may see."""
    versions = selectors.named_versions(wanted, user=user)
    _check_size(sum(version.size for version in versions))
    there = selectors.documents_of(versions)
    known = {each: there.get((each.blueprint, each.number)) for each in wanted}
    with large_documents.turn(*there.values()):
        needed = {each: documents.needed_of(each, inner) for each, inner in known.items() if inner}
    return {version: needs for version, needs in needed.items() if needs is not None}


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        message = (
            f"The versions that a document names have at most {MAX_BYTES} bytes (2 MiB) together."
        )
        raise documents.InvalidDocument([Problem.error(("components",), message, "too-large")])
