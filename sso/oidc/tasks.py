"""Background jobs of this app; the operations' worker does them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from sso.oidc.services.schedule import WORK_OFF_TENANT, queue_tenant, queue_tenants
from tenants.context import tenant_scope
from tenants.queue.requests import QUEUE
from tenants.selectors import is_fenced, tenant_by_id

_log = structlog.get_logger("sso.oidc")

EVERY_FIVE_MINUTES = "*/5 * * * *"


@app.periodic(cron=EVERY_FIVE_MINUTES)
@app.task(name="oidc.queue_refreshes", queue=QUEUE)
def queue_refreshes(timestamp: int = 0, **_: Any) -> None:
    """Have tokens refreshed and revoked that are due, each tenant's by a job of its own."""
    del timestamp  # when it was due: late is as good
    _log.info("oidc_refreshes_queued", tenants=queue_tenants())


@app.task(name=WORK_OFF_TENANT, queue=QUEUE)
def refresh_tenants_sessions(*, tenant_id: str, **_: Any) -> None:
    """Refresh and revoke what is due of one tenant, unless it is gone, or moves right now."""
    from sso.oidc.services.refreshing import work_off  # noqa: PLC0415  # it loads joserfc

    tenant = tenant_by_id(UUID(tenant_id))
    if tenant is None or is_fenced(tenant):
        return
    if work_off(tenant):
        with tenant_scope(tenant):
            queue_tenant(tenant.pk)
