"""Background jobs of this app; the owner's worker does them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sso.emails.services.outbox import MAX_ATTEMPTS, SEND, EmailNotSent, send_email
from tenants.context import tenant_scope
from tenants.queue.requests import QUEUE
from tenants.selectors import is_fenced, tenant_by_id

# 6 seconds, then 36, 216 and so on: about four days in all.
_RETRIES = RetryStrategy(
    max_attempts=MAX_ATTEMPTS, exponential_wait=6, retry_exceptions=[EmailNotSent]
)


@app.task(name=SEND, queue=QUEUE, retry=_RETRIES)
def send(*, email_id: str, tenant_id: str, **_: Any) -> None:
    """Send an e-mail that waits.

    Raises:
        EmailNotSent: the mail server did not take it; it is tried again.
    """
    tenant = tenant_by_id(UUID(tenant_id))
    if tenant is None:
        return
    if is_fenced(tenant):
        raise EmailNotSent("The tenant moves right now.")
    with tenant_scope(tenant):
        send_email(UUID(email_id))
