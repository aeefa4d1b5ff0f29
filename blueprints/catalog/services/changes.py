"""What every change of a row has in common: who may be holding an outdated copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError

from blueprints.catalog.errors import (
    BlueprintNotFound,
    InvalidFields,
    ProjectNotFound,
    TagNotFound,
)
from blueprints.catalog.models import Blueprint, BlueprintTag, Project
from iac_platform.common import audit
from rbac.models import User
from rbac.policy import require_of
from tenants.errors import RevisionConflict
from tenants.models import RevisedModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Model

    from iac_platform.common.audit import Actor
    from iac_platform.common.errors import DomainError
    from iac_platform.common.permissions import Permission

_Row = TypeVar("_Row", bound=RevisedModel)


# What to say when a row was deleted while somebody was about to change it.
_GONE: Mapping[type[RevisedModel], type[DomainError]] = {
    Project: ProjectNotFound,
    Blueprint: BlueprintNotFound,
    BlueprintTag: TagNotFound,
}


def lock(
    row: _Row, *, actor: Actor, permission: Permission | None, revision: int | None = None
) -> _Row:
    """Read a row again and keep others from changing it until the transaction ends.

    Args:
        row: the row as the caller has it.
        actor: who is about to change it.
        permission: what they need for it, asked of the row as it is now: it may have come
            to another team since the caller looked. None where it is not this row's to ask.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        ProjectNotFound, BlueprintNotFound, TagNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not do it (any more).
        RevisionConflict: it changed since.
    """
    # FOR NO KEY UPDATE lets others go on referring to the row.
    rows: Any = type(row)._default_manager.select_for_update(no_key=True)  # noqa: SLF001  # Django's public name for it
    fresh: _Row | None = rows.filter(pk=row.pk).first()
    if fresh is None:
        raise _gone(row)
    if permission is not None:
        require_of(actor, permission, fresh)
    require_revision(fresh, revision)
    return fresh


def _gone(row: RevisedModel) -> DomainError:
    model: Any = row._meta.concrete_model
    return _GONE[model]("It does not exist, or you may not see it.")


def require_revision(row: RevisedModel, revision: int | None) -> None:
    """Refuse to go on when the row is not as the caller has seen it; None for any.

    Raises:
        RevisionConflict: the row changed since.
    """
    if revision is not None and row.revision != revision:
        raise RevisionConflict("Read it again and repeat your change.")


def assign(row: Model, changes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Put new values on a row.

    Returns:
        The old and the new value of each field that really changes.

    Raises:
        InvalidFields: a value does not fit; the row is not to be used any more.
    """
    before = {field: getattr(row, field) for field in changes}
    changed = audit.difference(before, changes)
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    # What stays need not be what may be written today: a name from before, for instance.
    require_valid(row, fields=changed)
    # Cleaning may have written a name otherwise: as it was, perhaps.
    return audit.difference(
        {field: before[field] for field in changed},
        {field: getattr(row, field) for field in changed},
    )


def save_revised(row: RevisedModel) -> None:
    """Save a changed row under its next revision."""
    row.revision += 1
    row.save()


def require_valid(row: Model, *, fields: Iterable[str] | None = None) -> None:
    """Check the fields that people fill in.

    Args:
        row: what to check.
        fields: those to check alone; None for all of them.

    Raises:
        InvalidFields: with a JSON Pointer to each field that does not fit.
    """
    written = {field.name for field in row._meta.fields if not field.is_relation and field.editable}
    if fields is not None:
        written &= set(fields)
    others = {field.name for field in row._meta.fields} - written
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        problems = [
            {"pointer": f"/{field}", "code": "invalid", "detail": message}
            for field, messages in error.message_dict.items()
            for message in messages
        ]
        first = problems[0]
        raise InvalidFields(
            f"{first['pointer'][1:]}: {first['detail']}", errors=problems
        ) from error


def creator(actor: Actor) -> User | None:
    """The user to note as a row's creator; the platform itself is none."""
    return actor if isinstance(actor, User) else None
