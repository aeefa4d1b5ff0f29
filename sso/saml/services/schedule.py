"""Refreshing metadata without being asked: once a day, each tenant by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from iac_platform.common.errors import DomainError
from sso.saml.models import SamlConfiguration
from sso.saml.services.metadata import refresh_on_schedule
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementStatus, TenantStatus
from tenants.queue.jobs import add_job
from tenants.queue.requests import QUEUE
from tenants.selectors import tenant_by_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tenants.models import Tenant

REFRESH_TENANT: Final = "saml.refresh_metadata"
# Somewhat less than a day: the job that looks comes every hour, and a little late at times.
EVERY: Final = timedelta(hours=23, minutes=30)
_BEHIND_OTHERS: Final = -10
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
                add_job(REFRESH_TENANT, queue=QUEUE, priority=_BEHIND_OTHERS)
            queued += 1
    return queued


def refresh_due(tenant: Tenant) -> None:
    """Refresh what is due of a tenant; each is noted first, so that a second job finds nothing.

    What fails is kept in ``metadata_error``, and tried again a day later.
    """
    with tenant_scope(tenant):
        for configuration in SamlConfiguration.objects.filter(_due()):
            SamlConfiguration.objects.filter(pk=configuration.pk).update(
                metadata_checked_at=timezone.now()
            )
            try:
                refresh_on_schedule(configuration)
            except DomainError as refusal:
                _log.info("metadata_left", configuration=str(configuration.pk), error=refusal.code)


def _due() -> Q:
    before = timezone.now() - EVERY
    checked = Q(metadata_checked_at__isnull=True) | Q(metadata_checked_at__lt=before)
    return checked & ~Q(metadata_url="")


def _tenants_due() -> list[UUID]:
    """The tenants of all placements that have something due; the owner alone sees them all."""
    with as_owner():
        ready = Placement.objects.filter(status=PlacementStatus.READY).order_by("pk")
        return [found for each in ready for found in _due_in(each.schema_name)]


def _due_in(schema: str) -> Iterator[UUID]:
    """Those of one placement; one that cannot be read now holds up no other."""
    table = f"{schema}.{SamlConfiguration._meta.db_table}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT tenant_id FROM {table} WHERE metadata_url <> '' "  # noqa: S608  # names of a placement and of a model
                "AND (metadata_checked_at IS NULL OR metadata_checked_at < %s)",
                [timezone.now() - EVERY],
            )
            rows = cursor.fetchall()
    except DatabaseError as error:
        _log.warning("metadata_not_looked_for", schema=schema, error=str(error))
        return
    yield from (tenant_id for (tenant_id,) in rows)
