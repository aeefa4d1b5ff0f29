"""The write kernel of all that users change: every write asks whether its actor may.

A service says only what is its own:

    with changing(project, actor=actor, permission=UPDATE_PROJECT, revision=revision) as draft:
        draft.name = name

The permission is asked once the row is locked, of the row as it is now. To an actor who may not
even read it, the row does not exist. Mechanics: ``iac_platform.common.changes``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model

from iac_platform.common import changes as kernel
from iac_platform.common.permissions import get
from rbac.models import User
from rbac.policy import NotPermitted, check, require_of
from tenants.quotas.services import require_quota

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission
    from tenants.quotas.registry import Quota

Row = TypeVar("Row", bound=Model)


def create(
    row: Row,
    *,
    actor: Actor,
    permission: Permission,
    quota: Quota | None = None,
    describe: Callable[[Row], Mapping[str, Any]] | None = None,
    action: str = "",
) -> Row:
    """Write a new row, if it lies in what the actor may create, and record it.

    Args:
        row: unsaved.
        actor: who creates it.
        permission: what they need for it, asked of the row that is about to be.
        quota: of which it takes one.
        describe: what the audit log says of it; by default its name.
        action: how the log calls it; by default ``<resource>.create``.

    Raises:
        NotPermitted: it lies outside of what the actor reaches.
        QuotaExceeded: the tenant has as many as it may.
        DomainError: of the model's ``write_errors``.
    """

    def authorise(new: Row) -> None:
        require_of(actor, permission, new)
        if quota is not None:
            require_quota(quota)

    return kernel.create(row, actor=actor, authorise=authorise, describe=describe, action=action)


def changing(
    row: Row,
    *,
    actor: Actor,
    permission: Permission | None,
    revision: int | None = None,
    action: str = "",
    describe: Callable[[Row], Mapping[str, Any]] | None = None,
) -> AbstractContextManager[Row]:
    """Change a row: set attributes on what this yields, and what is new is saved at the end.

    Args:
        row: the row as the caller has it.
        actor: who changes it.
        permission: what they need for it; None where the service asks for itself.
        revision: the revision that the caller has seen; None skips the comparison.
        action: how the audit log calls it; by default ``<resource>.update``.
        describe: what the log compares, before and after; by default the fields that people
            fill in.

    Raises:
        NotPermitted: the actor may read the row, and no more.
        RevisionConflict: it changed since.
        DomainError: of the model's ``write_errors``: it is gone, or was never visible to the
            actor; a field does not fit; the name is taken.
    """
    return kernel.changing(
        row,
        actor=actor,
        authorise=partial(_authorise, actor, permission),
        revision=revision,
        action=action,
        describe=describe,
    )


def deleting(
    row: Row,
    *,
    actor: Actor,
    permission: Permission | None,
    revision: int | None = None,
    action: str = "",
    describe: Callable[[Row], Mapping[str, Any]] | None = None,
) -> AbstractContextManager[Row]:
    """Delete a row at the end of the block, which may refuse it.

    Args, Raises: as of ``changing``; ``describe`` is what the log keeps of the row, by default
        its name. And the model's ``in_use``: others refer to it.
    """
    return kernel.deleting(
        row,
        actor=actor,
        authorise=partial(_authorise, actor, permission),
        revision=revision,
        action=action,
        describe=describe,
    )


def lock(
    row: Row, *, actor: Actor, permission: Permission | None, revision: int | None = None
) -> Row:
    """Read a row again, and keep others from changing it until the transaction ends.

    Args, Raises: as of ``changing``.
    """
    return kernel.lock(row, authorise=partial(_authorise, actor, permission), revision=revision)


def creator(actor: Actor) -> User | None:
    """The user to note as a row's creator; the platform itself is none."""
    return actor if isinstance(actor, User) else None


def _authorise(actor: Actor, permission: Permission | None, row: Model) -> None:
    """Refuse an actor who may not do it; of what they may not read, they learn nothing.

    Raises:
        DomainError: the model's ``not_found``.
        NotPermitted: they may read it, and no more.
    """
    if permission is None:
        return
    try:
        require_of(actor, permission, row)
    except NotPermitted as error:
        if not check(actor, get(f"{permission.resource}.view"), row):
            raise kernel.not_found(row) from error
        raise
