"""How many configurations end soon, for the operator's alerts; of no tenant which."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils import timezone
from prometheus_client.metrics_core import GaugeMetricFamily

from iac_platform.cache import shared_cache
from sso.saml.models import SamlConfiguration
from sso.saml.warnings import last_warnings_of
from tenants.fleet.reading import read_everywhere
from tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from prometheus_client import Metric

KINDS: Final = ("identity-provider-certificate", "own-certificate", "metadata")
WITHIN_DAYS: Final = (0, 7, 30)
# Counted every hour: what is older says nothing of now.
_KEPT_SECONDS: Final = 3 * 3600.0
_PLACE: Final = ("saml", "expiring")


class _End(NamedTuple):
    tenant_id: UUID
    code: str
    expires_at: datetime


def count_expiring() -> None:
    """Count the configurations of which something ends, and leave it to those who are asked.

    The job that counts sees all tenants, and those that answer Prometheus see none.
    """
    active = set(Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("pk", flat=True))
    ends = [each for each in read_everywhere(_ends) if each.tenant_id in active]
    counted = [
        (code, days, sum(_is_within(each, code, days) for each in ends))
        for code in KINDS
        for days in WITHIN_DAYS
    ]
    shared_cache.set(*_PLACE, counted, ttl=_KEPT_SECONDS)


def _ends() -> Iterator[_End]:
    """Of each configuration that is enabled, in one placement."""
    enabled = SamlConfiguration.objects.filter(is_enabled=True).defer("metadata_xml")
    for configuration in enabled.prefetch_related("keys"):
        for ending in last_warnings_of(configuration):
            yield _End(configuration.tenant_id, ending.code, ending.expires_at)


def _is_within(end: _End, code: str, days: int) -> bool:
    return end.code == code and end.expires_at <= timezone.now() + timedelta(days=days)


def expiring_gauges() -> Iterator[Metric]:
    """What was counted last; nothing where that is long ago."""
    counted = shared_cache.get(*_PLACE)
    if counted is None:
        return
    gauge = GaugeMetricFamily(
        "iac_saml_configurations_expiring",
        "Enabled SAML configurations with an expiry within so many days, or in the past.",
        labels=["kind", "within_days"],
    )
    for code, days, count in counted:
        gauge.add_metric([code, str(days)], count)
    yield gauge
