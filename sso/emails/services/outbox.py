"""The outbox: e-mail is queued in the transaction of what it tells of, and sent by a worker."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from iac_platform.cache import CacheUnavailable, ledger
from iac_platform.common.encryption import seal, unseal
from sso.emails.models import MAX_FAILURE, MAX_SUBJECT, Email, EmailStatus
from tenants.context import current_tenant
from tenants.queue.jobs import add_job
from tenants.queue.requests import QUEUE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

SEND = "emails.send"
KEPT_FOR = timedelta(days=30)
MAX_ATTEMPTS = 8
# In an hour, of one subject to one address, and of a tenant in all: nobody's mailbox is filled by
# what others or a script do, and what happens often keeps no other notice back.
MAX_OF_SUBJECT, MAX_OF_TENANT = 10, 500
_WINDOW_SECONDS = 3600
# Others wait for no mail server.
_PRIORITY = -1

_log = structlog.get_logger("sso.emails")


class EmailNotSent(Exception):
    """The mail server did not take an e-mail; it is tried again later."""


@transaction.atomic
def queue_email(*, to: str, subject: str, template: str, context: Mapping[str, Any]) -> None:
    """Queue an e-mail in the open transaction; nothing where e-mail is off, or nobody has it.

    Args:
        to: the address.
        subject: in one line.
        template: the name of a template in ``emails/``, of plain text.
        context: what it shows, beside the tenant.
    """
    if not settings.SENDS_EMAIL or not to or _is_too_much(to, subject):
        return
    tenant = current_tenant()
    text = render_to_string(f"emails/{template}.txt", {"tenant": tenant, **context})
    email = Email(
        recipient=to,
        subject=" ".join(f"[{tenant.name}] {subject}".split())[:MAX_SUBJECT],
        expires_at=timezone.now() + KEPT_FOR,
    )
    email.text = seal(text, row=email, column="text")
    email.save(force_insert=True)
    add_job(SEND, queue=QUEUE, priority=_PRIORITY, email_id=str(email.pk), tenant_id=str(tenant.pk))


def send_email(email_id: UUID) -> None:
    """Send an e-mail that waits; nothing if it was sent or given up, or is gone.

    Its row is locked while it is sent, so that two workers do not send it twice. A worker that is
    killed right after the mail server took it sends it again.

    Raises:
        EmailNotSent: the mail server did not take it, and it is worth another try.
    """
    with transaction.atomic():
        email = _waiting(email_id)
        if email is None:
            return
        failure = _failure_of_sending(email)
        _note(email, failure)
    if failure and email.status == EmailStatus.QUEUED:
        raise EmailNotSent(failure)


def _waiting(email_id: UUID) -> Email | None:
    rows = Email.objects.select_for_update(no_key=True, skip_locked=True)
    found: Email | None = rows.filter(pk=email_id, status=EmailStatus.QUEUED).first()
    return found


def _failure_of_sending(email: Email) -> str:
    """Hand an e-mail to the mail server; what went wrong, nothing if it was taken."""
    message = EmailMessage(
        email.subject,
        unseal(email.text, row=email, column="text"),
        to=[email.recipient],
        headers={
            "Message-ID": f"<{email.pk}@{settings.BASE_DOMAIN}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        message.send()
    except SMTPRecipientsRefused:
        return "The mail server refused the recipient."
    except Exception as error:  # noqa: BLE001  # whatever it was is noted, and tried again
        return f"{type(error).__name__}: {error}"[:MAX_FAILURE]
    return ""


def _note(email: Email, failure: str) -> None:
    email.attempts += 1
    email.failure = failure
    if not failure:
        email.status, email.sent_at, email.text = EmailStatus.SENT, timezone.now(), b""
    elif email.attempts >= MAX_ATTEMPTS:
        email.status, email.text = EmailStatus.FAILED, b""
        _log.warning("email_given_up", email_id=str(email.pk), attempts=email.attempts)
    email.save()


def _is_too_much(to: str, subject: str) -> bool:
    kind = hashlib.sha256(f"{to.lower()} {subject}".encode()).hexdigest()
    try:
        same, in_all = ledger.count(
            "emails", [(kind, 1, _WINDOW_SECONDS), ("all", 1, _WINDOW_SECONDS)]
        )
    except CacheUnavailable:
        return False
    is_too_much = same.value > MAX_OF_SUBJECT or in_all.value > MAX_OF_TENANT
    if is_too_much:
        _log.warning("email_not_queued", same=same.value, in_all=in_all.value)
    return bool(is_too_much)
