"""Writing the audit log."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.db import connection

from iac_platform.common.hooks import Hooks
from iac_platform.common.transactions import insert_deferred
from rbac.models import AuditEntry
from rbac.services.audit_chain import link_at_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model

    from iac_platform.common.audit import Actor

# What listens to entries about objects as they are written, in the same transaction.
LISTENERS: Hooks[Callable[[str, Model, Actor, Mapping[str, Any]], object]] = Hooks(
    "listeners to the audit log"
)

REDACTED = "[redacted]"
_SECRET_FIELD = re.compile(
    r"password|secret|token|digest|private|credential|authorization|api_?key", re.IGNORECASE
)


class Subject(NamedTuple):
    """What an entry is about, where there need not be such an object."""

    type: str
    id: str
    name: str


class AuditOutsideTransaction(RuntimeError):
    """An entry must be written with the action it tells of, or not at all."""


def record(
    action: str, subject: Model, *, actor: Actor, changes: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Write one entry to the current tenant's log, in the open transaction.

    Raises:
        AuditOutsideTransaction: there is no transaction that could undo both.
    """
    about = Subject(subject._meta.label_lower, str(subject.pk), str(subject)[:255])
    entry = record_about(action, about, actor=actor, changes=changes)
    for listener in LISTENERS.all().values():
        listener(action, subject, actor, changes or {})
    return entry


def record_about(
    action: str, subject: Subject, *, actor: Actor, changes: Mapping[str, Any] | None = None
) -> AuditEntry:
    """As ``record``, about something that need not be an object of ours.

    Raises:
        AuditOutsideTransaction: there is no transaction that could undo both.
    """
    if not connection.in_atomic_block:
        raise AuditOutsideTransaction(f"{action} must be recorded inside transaction.atomic().")
    request = structlog.contextvars.get_contextvars()
    entry = AuditEntry(
        actor_id=actor.audit_id,
        actor_name=actor.audit_name[:200],
        action=action,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_name=subject.name,
        changes=_redacted(changes or {}),
        request_id=str(request.get("request_id", ""))[:100],
        ip_address=request.get("client_ip"),
    )
    insert_deferred(entry)
    link_at_commit(entry.pk)
    return entry


def _redacted(value: Any, name: str = "") -> Any:
    """``value`` as JSON, with whatever is called like a secret blacked out.

    Of a change of a secret it stays visible that there was one before, and one after.
    """
    if _SECRET_FIELD.search(name):
        pair = isinstance(value, list | tuple) and len(value) == 2  # noqa: PLR2004  # before, after
        return [REDACTED if each else None for each in value] if pair else REDACTED
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): _redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
