"""How apps below the audit log write to it.

The log belongs to ``rbac``, which registers ``RECORDER``: the kernel and the tenants app
need not import it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model


class Actor(Protocol):
    """Whoever acts: a user, or the platform itself."""

    @property
    def audit_id(self) -> str:
        """A stable identifier, ``user:<uuid>`` or ``system:<name>``."""

    @property
    def audit_name(self) -> str:
        """What a person reads in the log."""


class SystemActor:
    """The platform acting on its own, for instance a command run by an operator."""

    def __init__(self, name: str) -> None:
        self.audit_name = name

    @property
    def audit_id(self) -> str:
        """``system:<name>``."""
        return f"system:{self.audit_name}"


class Recorder(Protocol):
    """What writes an entry; see :func:`record`."""

    def __call__(
        self, action: str, subject: Model, *, actor: Actor, changes: Mapping[str, Any] | None
    ) -> object:
        """Write one entry to the current tenant's log, in the open transaction."""


RECORDER: Hook[Recorder] = Hook("recorder of the audit log")


def record(
    action: str, subject: Model, *, actor: Actor, changes: Mapping[str, Any] | None = None
) -> None:
    """Write one entry to the current tenant's log, in the open transaction.

    Args:
        action: ``resource.verb``, for instance ``tenant.create``.
        subject: the object that was acted on.
        actor: who did it.
        changes: what changed, by field; secrets are redacted by the log.
    """
    RECORDER.get()(action, subject, actor=actor, changes=changes)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The old and the new value of each field that really changes, as the log keeps them.

    Where it is empty, the row keeps its revision and nothing is recorded.
    """
    return {name: [old, after[name]] for name, old in before.items() if old != after[name]}
