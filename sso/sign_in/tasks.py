"""Background jobs of this app; the owner's worker does them."""

from __future__ import annotations

from typing import Any

import structlog
from procrastinate.contrib.django import app

from sso.sign_in.services.expired import clear_expired
from tenants.queue.requests import QUEUE

_log = structlog.get_logger("sso.sign_in")

HOURLY = "23 * * * *"


@app.periodic(cron=HOURLY)
@app.task(name="sign_in.clear_expired_sessions", queue=QUEUE)
def clear_expired_sessions(timestamp: int = 0, **_: Any) -> None:
    """Remove sessions and other rows that have expired, of all tenants."""
    del timestamp  # when it was due: late is as good
    _log.info("expired_rows_cleared", rows=clear_expired())
