"""Writing down who was refused what, and who came and went, without letting anybody flood the log.

Of equal events within a minute the first is written, then the tenth, the hundredth and so on,
each with how many there were. Whoever is denied all kinds of things is counted as a whole.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, transaction

from iac_platform.cache import CacheUnavailable, ledger
from iac_platform.common.audit import SystemActor
from rbac.models import User
from rbac.services.audit import Subject, record_about
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from django.http import HttpRequest

    from iac_platform.common.audit import Actor
    from iac_platform.common.denials import Denial

log = structlog.get_logger("rbac.audit")

DENIED = "access.denied"
UNAUTHENTICATED = "access.unauthenticated"
SIGN_IN_FAILED = "access.sign_in_failed"

WINDOW_SECONDS = 60
# Of one principal in a window; of all that are not known, together, as well.
MOST_KINDS = 60
_NO_CREDENTIALS = 401
_DIGEST_DIGITS = 16


class _Anonymous(SystemActor):
    """Somebody who did not show who they are."""

    audit_id = "anonymous"

    def __init__(self) -> None:
        super().__init__("anonymous")


def record_denial(denial: Denial) -> None:
    """Write a denial to the current tenant's log."""
    actor: Actor = denial.user or _Anonymous()
    subject = Subject(
        denial.subject_type, denial.subject_id[:100], f"{denial.method} {denial.route}"[:255]
    )
    details = {"permission": denial.permission, "status": denial.status, "code": denial.code}
    action = UNAUTHENTICATED if denial.status == _NO_CREDENTIALS else DENIED
    record_sparingly(action, subject, actor, details)


def record_failed_sign_in(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Write that somebody failed to sign in; a receiver of ``user_login_failed``.

    Of a name that nobody has only a digest is kept: people type passwords there.
    """
    del sender
    if request is None or current_tenant_or_none() is None:
        return
    name = str(credentials.get("username", ""))[:150]
    user = User.objects.named(name).first()
    subject = (
        Subject("rbac.user", str(user.pk), user.username)
        if user
        else Subject("rbac.user", "", f"unknown:{_digest(name)[:_DIGEST_DIGITS]}")
    )
    record_sparingly(SIGN_IN_FAILED, subject, _Anonymous(), {})


def record_sparingly(action: str, subject: Subject, actor: Actor, details: dict[str, Any]) -> None:
    """Write what anybody can make happen as often as they like, as often as it tells something.

    Args:
        action: what happened.
        subject: to what or whom.
        actor: who did it.
        details: what else the entry says; beside it stands how often it happened.
    """
    if current_tenant_or_none() is None:
        return
    counted = _counted(action, subject, actor, details)
    if counted is None:
        return
    try:
        with transaction.atomic():
            record_about(action, subject, actor=actor, changes={**details, **counted})
    except DatabaseError:
        # The request was answered already, and the line says what the log lacks.
        log.exception("denial_unrecorded", action=action, actor=actor.audit_id, subject=subject)


def _counted(
    action: str, subject: Subject, actor: Actor, details: dict[str, Any]
) -> dict[str, int] | None:
    """How often within the window; None when this time is not written down."""
    address = str(structlog.contextvars.get_contextvars().get("client_ip"))
    principal = actor.audit_id
    kind = _digest(repr((action, subject, principal, address, sorted(details.items()))))
    try:
        same, in_all = ledger.count(
            "denials", [(kind, 1, WINDOW_SECONDS), (_digest(principal), 1, WINDOW_SECONDS)]
        )
    except CacheUnavailable:
        return {"times": 1}
    if not _is_worth_a_line(same.value):
        return None
    if in_all.value <= MOST_KINDS:
        return {"times": same.value}
    return (
        {"times": same.value, "denials": in_all.value} if _is_worth_a_line(in_all.value) else None
    )


def _is_worth_a_line(times: int) -> bool:
    """Whether it is a power of ten."""
    return str(times).strip("0") == "1"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
