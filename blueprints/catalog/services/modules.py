"""What a document's modules are: documents of other blueprints of the tenant, kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog import documents, selectors
from blueprints.catalog.documents.limits import MAX_BYTES, MAX_MODULES
from blueprints.catalog.permissions import VIEW_BLUEPRINT
from blueprints.catalog.problems import Problem
from iac_platform.common.audit import SystemActor
from rbac.policy import check

if TYPE_CHECKING:
    from blueprints.catalog.models import Blueprint
    from iac_platform.common.audit import Actor


def with_modules(document: object, *, actor: Actor, blueprint: Blueprint | None = None) -> object:
    """Put the documents of the versions that modules name into a document.

    Those that do not exist, those of another tenant and those that the actor may not see are left
    out alike: whoever checks the document finds that they are not there. What the blueprint's
    latest version carries may stay, so that a blueprint outlives those of its modules.

    Args:
        document: JSON values; what it carries by itself is not believed.
        actor: who saves it.
        blueprint: what it becomes a version of; None for a new one.

    Raises:
        InvalidDocument: the versions are more than may be read; ``documents.validate`` measures
            what the document comes to with them.
    """
    wanted = documents.versions_named(document)
    found: dict[documents.ModuleVersion, Any] = {}
    if 0 < len(wanted) <= MAX_MODULES:
        user = None if isinstance(actor, SystemActor) else actor
        if blueprint is not None and (user is None or check(user, VIEW_BLUEPRINT, blueprint)):
            found |= _kept(blueprint, wanted)
        versions = selectors.named_versions(wanted - found.keys(), user=user)
        _check_size(sum(version.size for version in versions))
        found |= selectors.documents_of(versions)
    return documents.with_modules(document, found)


def _kept(
    blueprint: Blueprint, wanted: set[documents.ModuleVersion]
) -> dict[documents.ModuleVersion, Any]:
    """Return what the latest version carries of these."""
    latest = blueprint.versions.filter(number=blueprint.latest_number).first()
    carried = latest.document.get("modules", {}) if latest else {}
    return {version: carried[version.key] for version in wanted if version.key in carried}


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        message = f"The versions that modules name have at most {MAX_BYTES} bytes (2 MiB)."
        raise documents.InvalidDocument([Problem.error(("components",), message, "too-large")])
