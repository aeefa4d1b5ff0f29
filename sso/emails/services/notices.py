"""Notices of what concerns somebody's account: whoever did not do it themselves can act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.conf import settings
from django.utils import timezone

from rbac.models import User
from sso.emails.services.outbox import queue_email

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model

    from iac_platform.common.audit import Actor


class Notice(NamedTuple):
    """What is told of an event.

    Attributes:
        subject: in one line.
        sentence: what happened, with ``{}`` for what it happened to.
    """

    subject: str
    sentence: str


# By the action in the audit log.
NOTICES = {
    "token.create": Notice("New API token", "The API token “{}” was created for your account."),
    "token.rotate": Notice("API token rotated", "The API token “{}” of your account was rotated."),
    "user.change_password": Notice("Password changed", "The password of your account was changed."),
    "identity.link": Notice(
        "Identity linked", "An identity at an identity provider was linked to your account."
    ),
    "second_factor.create": Notice(
        "Second factor added", "A second factor was added to your account."
    ),
    "second_factor.delete": Notice(
        "Second factor removed", "The second factor “{}” was removed from your account."
    ),
    "second_factor.new_recovery_codes": Notice(
        "New recovery codes",
        "New recovery codes were made for your account.",
    ),
    "second_factor.use_recovery_code": Notice(
        "Recovery code used", "A recovery code of your account was used."
    ),
}
_NEW_ADDRESS = Notice("E-mail address changed", "Your account has another e-mail address now.")
_NEW_DEVICE = Notice("New sign-in", "Your account was signed in to from {}, which is new.")


def notify_of_entry(action: str, subject: Model, actor: Actor, changes: Mapping[str, Any]) -> None:
    """Tell somebody of an entry in the audit log that concerns their account."""
    if not settings.SENDS_EMAIL:
        return
    owner = _owner_of(subject)
    if action == "user.update" and "email" in changes and owner is not None:
        before, _ = changes["email"]
        _notify(owner, _NEW_ADDRESS, "", by=actor.audit_name, to=before)
    notice = NOTICES.get(action)
    if notice is not None and owner is not None:
        _notify(owner, notice, getattr(subject, "name", ""), by=actor.audit_name)


def notify_of_device(user: User, device: str) -> None:
    """Tell somebody that their account was signed in to from a browser that is not known."""
    if settings.SENDS_EMAIL:
        _notify(user, _NEW_DEVICE, device, by=user.username)


def _owner_of(subject: Model) -> User | None:
    if isinstance(subject, User):
        return subject
    owner = getattr(subject, "user", None)
    return owner if isinstance(owner, User) else None


def _notify(user: User, notice: Notice, thing: str, *, by: str, to: str | None = None) -> None:
    address = structlog.contextvars.get_contextvars().get("client_ip", "")
    context = {
        "user": user,
        "sentence": notice.sentence.format(thing),
        "by": by,
        "address": address,
        "at": timezone.now(),
    }
    recipient = user.email if to is None else to
    queue_email(to=recipient, subject=notice.subject, template="notice", context=context)
