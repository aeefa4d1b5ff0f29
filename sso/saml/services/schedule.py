"""Refreshing metadata without being asked: once a day or hour, each tenant by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from iac_platform.cache import CacheUnavailable
from iac_platform.common.errors import DomainError
from sso.saml.errors import FetchesBusy, TooManyFetches
from sso.saml.models import SamlConfiguration
from sso.saml.services.metadata import refresh_on_schedule
from sso.saml.warnings import RENEWED_BEFORE
from tenants.context import tenant_scope
from tenants.fleet.reading import read_everywhere
from tenants.models import TenantStatus
from tenants.queue.jobs import add_job
from tenants.queue.requests import QUEUE
from tenants.selectors import tenant_by_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from tenants.models import Tenant

REFRESH_TENANT: Final = "saml.refresh_metadata"
# Somewhat less than a day and an hour: the job that looks comes every hour, a little late at times.
EVERY: Final = timedelta(hours=23, minutes=30)
AGAIN: Final = timedelta(minutes=50)
"""For those whose last refresh failed, or whose document ends soon."""
FETCHES: Final = 5
"""In one job: a slow host holds a worker up for so many times the deadline of a fetch."""
_BEHIND_OTHERS: Final = -10
# They say nothing of the metadata, and would meet the next configuration as well.
_LATER: Final = (TooManyFetches, FetchesBusy, CacheUnavailable)
_log = structlog.get_logger("sso.saml")


def queue_refreshes() -> int:
    """Add a job for each tenant with metadata to look for; how many there are.

    Nobody waits for these, and they may take seconds: all other jobs go first.
    """
    queued = 0
    for tenant_id in _tenants_due():
        tenant = tenant_by_id(tenant_id)
        if tenant is not None and tenant.status == TenantStatus.ACTIVE:
            with tenant_scope(tenant), transaction.atomic():
                add_job(
                    REFRESH_TENANT,
                    queue=QUEUE,
                    priority=_BEHIND_OTHERS,
                    queueing_lock=f"{REFRESH_TENANT}:{tenant_id}",
                )
            queued += 1
    return queued


def refresh_due(tenant: Tenant) -> None:
    """Refresh what is due of a tenant, what was looked for longest ago first.

    What fails is kept in ``metadata_error``, and tried again an hour later. Where nothing can be
    fetched right now, or too much is left for one job, the next hour's goes on.
    """
    with tenant_scope(tenant):
        oldest = F("metadata_checked_at").asc(nulls_first=True)
        due = SamlConfiguration.objects.filter(_due()).order_by(oldest, "pk")
        for pk, checked_at in list(due.values_list("pk", "metadata_checked_at")[:FETCHES]):
            if not _refresh(pk, checked_at):
                return


def _refresh(pk: UUID, checked_at: datetime | None) -> bool:
    """Refresh one, unless another job does; whether the others can be, too.

    It is noted first, so that what ends a worker does not meet the same one each time.
    """
    row = SamlConfiguration.objects.filter(pk=pk)
    if not row.filter(_due()).update(metadata_checked_at=timezone.now()):
        return True
    try:
        refresh_on_schedule(row.get())
    except _LATER as refusal:
        row.update(metadata_checked_at=checked_at)
        _log.info("metadata_refresh_put_off", configuration=str(pk), error=refusal.code)
        return False
    except DomainError as refusal:
        _log.info("metadata_left", configuration=str(pk), error=refusal.code)
    return True


def _due() -> Q:
    now = timezone.now()
    checked = Q(metadata_checked_at__isnull=True) | Q(metadata_checked_at__lt=now - EVERY)
    pressing = ~Q(metadata_error="") | Q(metadata_valid_until__lt=now + RENEWED_BEFORE)
    return (checked | pressing & Q(metadata_checked_at__lt=now - AGAIN)) & ~Q(metadata_url="")


def _tenants_due() -> list[UUID]:
    """The tenants of all placements that have something due."""
    return read_everywhere(_tenants_with_due)


def _tenants_with_due() -> QuerySet[SamlConfiguration, UUID]:
    due = SamlConfiguration.objects.filter(_due()).order_by()
    return due.values_list("tenant_id", flat=True).distinct()
