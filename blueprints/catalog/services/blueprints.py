"""What people do with blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from blueprints.catalog.errors import NameTaken
from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.permissions import (
    CREATE_BLUEPRINT,
    DELETE_BLUEPRINT,
    UPDATE_BLUEPRINT,
)
from blueprints.catalog.quotas import BLUEPRINTS, STORAGE
from blueprints.catalog.services import changes as change
from blueprints.catalog.services.versions import Content, add_version
from iac_platform.common import audit
from rbac.policy import require_of
from tenants.quotas.services import release, require_quota

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor


def create_blueprint(
    project: Project,
    *,
    name: str,
    document: object,
    actor: Actor,
    description: str = "",
    message: str = "",
) -> Blueprint:
    """Add a blueprint, with its first version, to a project.

    Args:
        project: where it belongs.
        name: unique in the project, upper and lower case being equal.
        document: JSON values, as ``documents.parse`` returns them.
        actor: who adds it.
        description: for people.
        message: why the first version is as it is.

    Raises:
        NotPermitted: the project lies outside of where the actor may add any.
        InvalidDocument: the document breaks rules; each is listed with its place.
        ProjectNotFound: the project was deleted meanwhile.
        NameTaken: the project has a blueprint of this name.
        InvalidFields: another field does not fit.
        QuotaExceeded: the tenant has as many blueprints, or stores as much, as it may.
    """
    # Checking takes time, so it happens before the transaction holds a connection.
    content = Content.checked(document)
    blueprint = Blueprint(
        project=project, name=name, description=description, created_by=change.creator(actor)
    )
    change.require_valid(blueprint)
    with transaction.atomic():
        # Held, so that the project cannot be deleted, or given away, in between.
        blueprint.project = change.lock(project, actor=actor, permission=None)
        require_of(actor, CREATE_BLUEPRINT, blueprint)
        require_quota(BLUEPRINTS)
        blueprint.latest_number = 1
        _save(blueprint)
        audit.record(
            "blueprint.create",
            blueprint,
            actor=actor,
            changes={"name": blueprint.name, "project": project.name},
        )
        add_version(blueprint, content, message=message, actor=actor)
    return blueprint


@transaction.atomic
def update_blueprint(
    blueprint: Blueprint, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> Blueprint:
    """Rename or describe a blueprint; without a difference nothing happens.

    Args:
        blueprint: what to change.
        actor: who changes it.
        changes: new values for ``name`` and ``description``.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        BlueprintNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not change it (any more).
        RevisionConflict: it changed since.
        NameTaken, InvalidFields: see ``create_blueprint``.
    """
    fresh = change.lock(blueprint, actor=actor, permission=UPDATE_BLUEPRINT, revision=revision)
    changed = change.assign(fresh, changes)
    if changed:
        _save(fresh, revised=True)
        audit.record("blueprint.update", fresh, actor=actor, changes=changed)
    return fresh


@transaction.atomic
def delete_blueprint(blueprint: Blueprint, *, actor: Actor, revision: int | None = None) -> None:
    """Delete a blueprint with all its versions and tags; the audit log keeps their hashes.

    Raises:
        BlueprintNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not delete it (any more).
        RevisionConflict: it changed since.
    """
    fresh = change.lock(blueprint, actor=actor, permission=DELETE_BLUEPRINT, revision=revision)
    versions = fresh.versions.order_by("number").values_list("number", "content_hash", "size")
    hashes, stored = {}, 0
    for number, content_hash, size in versions:
        hashes[number] = content_hash
        stored += size
    audit.record(
        "blueprint.delete", fresh, actor=actor, changes={"name": fresh.name, "versions": hashes}
    )
    fresh.delete()
    release(STORAGE, amount=stored)


def _save(blueprint: Blueprint, *, revised: bool = False) -> None:
    try:
        with transaction.atomic():
            if revised:
                change.save_revised(blueprint)
            else:
                blueprint.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken(
            "The project has a blueprint of this name already. Choose another.",
            errors=[{"pointer": "/name", "code": "taken", "detail": "The name is taken."}],
        ) from error
