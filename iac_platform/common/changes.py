"""The write kernel: the one way in which a row that people edit is written.

Lock, authorise, compare the revision, validate, save what is new, record the difference: in
this order, whatever the row is. A service says only what is its own:

    with changing(project, actor=actor, permission=UPDATE_PROJECT, revision=revision) as draft:
        draft.name = name

The permission is asked once the row is locked, of the row as it is now. To an actor who may not
even read it, the row does not exist.
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import copy
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import F, Model, ProtectedError
from psycopg.errors import UniqueViolation

from iac_platform.common import audit
from iac_platform.common.access import access_policy
from iac_platform.common.compiled_queries import CompiledQuery
from iac_platform.common.errors import (
    DomainError,
    InvalidFields,
    NameTaken,
    NotPermitted,
    ObjectInUse,
    ObjectNotFound,
    RevisionConflict,
)
from iac_platform.common.transactions import insert_deferred, one_transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from django.db.models import Field, QuerySet

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission

Row = TypeVar("Row", bound=Model)


class WriteErrors(NamedTuple):
    """What is said of rows that cannot be written; a model's own are its ``write_errors``.

    Attributes:
        not_found: the row was deleted meanwhile, or may not be seen.
        invalid: a field does not fit.
        taken: another row has its name.
        in_use: it is to be deleted, and others refer to it.
        name_field: the field by which people tell one from another.
        also_unique: other fields of which no two rows have the same value, by the constraint
            that says so, each with what is raised.
    """

    not_found: type[DomainError] = ObjectNotFound
    invalid: type[DomainError] = InvalidFields
    taken: type[DomainError] = NameTaken
    in_use: type[DomainError] = ObjectInUse
    name_field: str = "name"
    also_unique: Mapping[str, tuple[str, type[DomainError]]] = MappingProxyType({})


def create(
    row: Row,
    *,
    actor: Actor,
    permission: Permission,
    quota_check: Callable[[], object] | None = None,
    describe: Callable[[Row], Mapping[str, Any]] | None = None,
    action: str = "",
    collides: bool = True,
) -> Row:
    """Write a new row, if it lies in what the actor may create, and record it.

    Args:
        row: unsaved.
        actor: who creates it.
        permission: what they need for it, asked of the row that is about to be.
        quota_check: raises when there are as many as there may be.
        describe: what the audit log says of it once it is cleaned; by default its name.
        action: how the log calls it; by default ``<resource>.create``.
        collides: whether another row may have its name. If not, it costs no round trip.

    Raises:
        NotPermitted: it lies outside of what the actor reaches.
        DomainError: of the model's ``write_errors``: a field does not fit, the name is taken.
    """
    with one_transaction():
        access_policy().require(actor, permission, row)
        if quota_check is not None:
            quota_check()
        require_valid(row)
        if collides:
            _save(row, force_insert=True)
        else:
            insert_deferred(row)
        action = action or f"{_resource(row)}.create"
        changes = describe(row) if describe else _named(row)
        audit.record(action, row, actor=actor, changes=changes)
    return row


@contextmanager
def changing(
    row: Row,
    *,
    actor: Actor,
    permission: Permission | None,
    revision: int | None = None,
    action: str = "",
    describe: Callable[[Row], Mapping[str, Any]] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Iterator[Row]:
    """Change a row: set attributes on what this yields, and what is new is saved at the end.

    Without a difference nothing is written: no revision, no entry in the audit log.

    Args:
        row: the row as the caller has it.
        actor: who changes it.
        permission: what they need for it; None where the service asks for itself.
        revision: the revision that the caller has seen; None skips the comparison.
        action: how the audit log calls it; by default ``<resource>.update``.
        describe: what the log compares, before and after; by default the fields that people
            fill in.
        context: what the log says beside the difference, for instance a reason.

    Raises:
        NotPermitted: the actor may read the row, and no more.
        RevisionConflict: it changed since.
        DomainError: of the model's ``write_errors``: it is gone, or was never visible to the
            actor; a field does not fit; the name is taken.
    """
    with one_transaction():
        draft = lock(row, actor=actor, permission=permission, revision=revision)
        before, described = copy(draft), describe(draft) if describe else {}
        yield draft
        changed = _cleaned_changes(before, draft)
        if describe:
            difference = audit.difference(described, describe(draft))
        else:
            difference = _shown(changed, before, draft)
        if changed or difference:
            _save(draft, update_fields=_with_followers(draft, changed))
        if difference:
            action = action or f"{_resource(draft)}.update"
            audit.record(action, draft, actor=actor, changes={**difference, **(context or {})})


@contextmanager
def deleting(
    row: Row,
    *,
    actor: Actor,
    permission: Permission | None,
    revision: int | None = None,
    action: str = "",
    describe: Callable[[Row], Mapping[str, Any]] | None = None,
) -> Iterator[Row]:
    """Delete a row at the end of the block, which may refuse it.

    Args, Raises: as of ``changing``; ``describe`` is what the log keeps of the row, by default
        its name. And the model's ``in_use``: others refer to it.
    """
    with one_transaction():
        fresh = lock(row, actor=actor, permission=permission, revision=revision)
        yield fresh
        changes = describe(fresh) if describe else _named(fresh)
        action = action or f"{_resource(fresh)}.delete"
        audit.record(action, fresh, actor=actor, changes=changes)
        try:
            fresh.delete()
        except ProtectedError as error:
            kinds = {str(each._meta.verbose_name_plural) for each in error.protected_objects}
            raise errors_of(fresh).in_use(
                f"It is used by {' and '.join(sorted(kinds))}. Change or delete these first."
            ) from error


def lock(
    row: Row, *, actor: Actor, permission: Permission | None, revision: int | None = None
) -> Row:
    """Read a row again, and keep others from changing it until the transaction ends.

    Args, Raises: as of ``changing``.
    """
    model: Any = rows_like(row).model
    fresh: Row | None = _locked_row(model).first(row.pk)
    if fresh is None:
        raise not_found(row)
    if permission is not None:
        _authorise(actor, permission, fresh)
    require_revision(fresh, revision)
    return fresh


@cache
def _locked_row(model: type[Model]) -> CompiledQuery[Any]:
    """A row by its key; FOR NO KEY UPDATE lets others go on referring to it."""
    rows: Any = model._default_manager.select_for_update(no_key=True).order_by()  # noqa: SLF001  # Django's documented API
    kinds = {"UUIDField": UUID, "CharField": str}
    kind = kinds.get(model._meta.pk.get_internal_type(), int)
    return CompiledQuery(lambda key: rows.filter(pk=key), kind)


def _authorise(actor: Actor, permission: Permission, row: Model) -> None:
    """Refuse an actor who may not do it; of what they may not read, they learn nothing.

    Raises:
        DomainError: the model's ``not_found``.
        NotPermitted: they may read it, and no more.
    """
    try:
        access_policy().require(actor, permission, row)
    except NotPermitted as error:
        view_permission = access_policy().view_permission(permission.resource)
        if not access_policy().allows(actor, view_permission, row):
            raise not_found(row) from error
        raise


def touch(row: Model) -> None:
    """Give a row its next revision: what is shown with it has changed."""
    rows = rows_like(row).filter(pk=row.pk)
    rows.update(revision=F("revision") + 1)


def rows_like(row: Model) -> QuerySet[Any]:
    """The rows of its table; of a lazy object, such as a request's user, those of what it is."""
    return row._meta.model._default_manager.all()  # noqa: SLF001  # Django's documented API


def not_found(row: Model) -> DomainError:
    """What is said of a row that is gone, or that the caller may not see."""
    return errors_of(row).not_found("It does not exist, or you may not see it.")


def require_revision(row: Model, revision: int | None) -> None:
    """Refuse to go on when the row is not as the caller has seen it; None for any.

    Raises:
        RevisionConflict: the row changed since.
    """
    if revision is not None and getattr(row, "revision", revision) != revision:
        raise RevisionConflict("Read it again and repeat your change.")


def require_valid(row: Model, *, fields: Collection[str] | None = None) -> None:
    """Check the fields that people fill in.

    Args:
        row: what to check.
        fields: those to check alone; None for all of them.

    Raises:
        DomainError: the model's ``invalid``, with a JSON Pointer to each that does not fit.
    """
    written = {field.name for field in _written(row) if not field.is_relation}
    if fields is not None:
        written &= set(fields)
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - written)
    except ValidationError as error:
        raise errors_of(row).invalid.of_fields(error.message_dict) from error


def errors_of(row: Model) -> WriteErrors:
    """What is said where the row cannot be written."""
    found: WriteErrors = getattr(row, "write_errors", WriteErrors())
    return found


def _resource(row: Model) -> str:
    return str(getattr(row, "resource", "") or row._meta.model_name)


def _named(row: Model) -> dict[str, Any]:
    field = errors_of(row).name_field
    return {field: getattr(row, field)}


def _written(row: Model) -> list[Field[Any, Any]]:
    return [field for field in row._meta.concrete_fields if field.editable]


def _cleaned_changes(before: Model, draft: Model) -> list[Field[Any, Any]]:
    """The fields that really change, once what is new has been cleaned."""
    changed = _changed(before, draft)
    # What stays need not be what may be written today: a name from before, for instance.
    require_valid(draft, fields=[field.name for field in changed])
    # Cleaning may have written a name otherwise: as it was, perhaps.
    return _changed(before, draft)


def _changed(before: Model, draft: Model) -> list[Field[Any, Any]]:
    return [
        field
        for field in draft._meta.concrete_fields
        if getattr(before, field.attname) != getattr(draft, field.attname)
    ]


def _shown(changed: list[Field[Any, Any]], before: Model, draft: Model) -> dict[str, list[Any]]:
    """What the log keeps of the changed fields that people fill in; of a reference, its name."""
    return {
        field.name: [_value(each, field) for each in (before, draft)]
        for field in changed
        if field.editable
    }


def _value(row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.name)
    return str(value) if isinstance(value, Model) else value


def _with_followers(draft: Model, changed: list[Field[Any, Any]]) -> list[str]:
    """The columns to write: what changed, what is made of it, and the row's next revision."""
    if hasattr(draft, "revision"):
        draft.revision += 1
    names = {field.name for field in changed}
    return [
        field.name
        for field in draft._meta.concrete_fields
        if field.name in {*names, "revision"}
        or getattr(field, "auto_now", False)
        or getattr(field, "of", None) in names
    ]


def _save(row: Model, **how: Any) -> None:
    try:
        row.save(**how)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise _taken(row, error.__cause__.diag.constraint_name) from error


def _taken(row: Model, constraint: str | None) -> DomainError:
    """What is said of a value that another row has."""
    errors, kind = errors_of(row), row._meta.verbose_name
    if constraint and constraint in errors.also_unique:
        field, taken = errors.also_unique[constraint]
        called = field.replace("_", " ")
        detail = f"Another {kind} has the {called} {getattr(row, field)!r}: choose another."
        return taken.at(field, detail, code="taken")
    name = getattr(row, errors.name_field)
    detail = f"The name is taken: another {kind} is called {name!r} already."
    return errors.taken.at(errors.name_field, detail, code="taken")
