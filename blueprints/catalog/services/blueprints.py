"""What people do with blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects

from blueprints.catalog import prefixes
from blueprints.catalog.errors import PrefixTaken
from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from blueprints.catalog.permissions import (
    CREATE_BLUEPRINT,
    DELETE_BLUEPRINT,
    UPDATE_BLUEPRINT,
    VIEW_PROJECT,
)
from blueprints.catalog.quotas import BLUEPRINTS, STORAGE
from blueprints.catalog.services.versions import Content, add_version
from iac_platform.common.changes import changing, create, deleting, lock
from iac_platform.common.transactions import one_transaction
from rbac.selectors import creator
from tenants.quotas.services import consume_all, release_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor

CHANGEABLE = {"name", "description"}


def create_blueprint(
    project: Project,
    *,
    name: str,
    document: object,
    actor: Actor,
    description: str = "",
    message: str = "",
    resource_prefix: str | None = None,
) -> Blueprint:
    """Add a blueprint, with its first version, to a project.

    Args:
        project: where it belongs.
        name: unique in the project, upper and lower case being equal.
        document: JSON values, as ``documents.parse`` returns them.
        actor: who adds it.
        description: for people.
        message: why the first version is as it is.
        resource_prefix: what the names of its resources shall begin with, for ever; unique in
            the tenant. Without one, it is made from the name.

    Raises:
        NotPermitted: the project lies outside of where the actor may add any.
        InvalidDocument: the document breaks rules; each is listed with its place.
        ProjectNotFound: the project was deleted meanwhile.
        NameTaken: the project has a blueprint of this name.
        PrefixTaken: another blueprint of the tenant has the prefix.
        InvalidFields: another field does not fit.
        QuotaExceeded: the tenant has as many blueprints, or stores as much, as it may.
    """
    # Checking takes time, so it happens before the transaction holds a connection.
    content = Content.checked(document, actor=actor)
    blueprint = Blueprint(
        project=project,
        name=name,
        description=description,
        latest_number=1,
        created_by=creator(actor),
    )
    made_up = prefixes.candidates(name, blueprint.pk)
    for prefix in [resource_prefix] if resource_prefix else made_up:
        blueprint.resource_prefix = prefix
        content.require_free_names(prefix)
        try:
            _write(blueprint, content, message=message, actor=actor)
        except PrefixTaken:
            # Asking first would not do: two of one name may be created at once.
            if resource_prefix:
                raise
        else:
            break
    blueprint.review = content.review
    return blueprint


@one_transaction()
def _write(blueprint: Blueprint, content: Content, *, message: str, actor: Actor) -> None:
    # Locked, so that the project cannot be deleted, or given away, in between.
    blueprint.project = lock(blueprint.project, actor=actor, permission=VIEW_PROJECT)
    create(
        blueprint,
        actor=actor,
        permission=CREATE_BLUEPRINT,
        describe=_described,
    )
    add_version(blueprint, content, message=message, actor=actor, permission=CREATE_BLUEPRINT)
    consume_all({BLUEPRINTS: 1, STORAGE: content.size})


def _described(blueprint: Blueprint) -> dict[str, Any]:
    """What the audit log says of a new blueprint."""
    return {
        "name": blueprint.name,
        "project": blueprint.project.name,
        "resource_prefix": blueprint.resource_prefix,
    }


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
    with changing(blueprint, actor=actor, permission=UPDATE_BLUEPRINT, revision=revision) as draft:
        for field in CHANGEABLE & changes.keys():
            setattr(draft, field, changes[field])
    return draft


@one_transaction()
def delete_blueprint(blueprint: Blueprint, *, actor: Actor, revision: int | None = None) -> None:
    """Delete a blueprint with all its versions and tags; the audit log keeps their hashes.

    Raises:
        BlueprintNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not delete it (any more).
        RevisionConflict: it changed since.
    """
    with deleting(
        blueprint,
        actor=actor,
        permission=DELETE_BLUEPRINT,
        revision=revision,
        describe=_with_hashes,
    ) as fresh:
        versions = BlueprintVersion.objects.defer("document", "default_tags").order_by("number")
        prefetch_related_objects([fresh], Prefetch("versions", versions))
        stored = sum(version.size for version in fresh.versions.all())
    release_all({BLUEPRINTS: 1, STORAGE: stored})


def _with_hashes(blueprint: Blueprint) -> dict[str, Any]:
    """What the audit log keeps of a deleted blueprint."""
    hashes = {version.number: version.content_hash for version in blueprint.versions.all()}
    return {"name": blueprint.name, "versions": hashes}
