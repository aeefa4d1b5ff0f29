"""Background jobs of this app; the operations' worker does them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from sso.saml.services.expiry import count_expiring
from sso.saml.services.schedule import REFRESH_TENANT, queue_refreshes, refresh_due
from tenants.queue.requests import QUEUE
from tenants.selectors import is_fenced, tenant_by_id

_log = structlog.get_logger("sso.saml")

HOURLY = "37 * * * *"
COUNTED = "47 * * * *"
"""After new metadata have come."""


@app.periodic(cron=HOURLY)
@app.task(name="saml.queue_metadata_refreshes", queue=QUEUE)
def queue_metadata_refreshes(timestamp: int = 0, **_: Any) -> None:
    """Have metadata looked for that were not for a day, each tenant's by a job of its own."""
    del timestamp  # when it was due: late is as good
    _log.info("metadata_refreshes_queued", tenants=queue_refreshes())


@app.periodic(cron=COUNTED)
@app.task(name="saml.count_expiring", queue=QUEUE)
def count_expiring_configurations(timestamp: int = 0, **_: Any) -> None:
    """Count certificates and metadata that end soon, for the metrics."""
    del timestamp  # likewise
    count_expiring()


@app.task(name=REFRESH_TENANT, queue=QUEUE)
def refresh_tenants_metadata(*, tenant_id: str, **_: Any) -> None:
    """Refresh what is due of one tenant, unless it is gone, or moves right now."""
    tenant = tenant_by_id(UUID(tenant_id))
    if tenant is not None and not is_fenced(tenant):
        refresh_due(tenant)
