"""Comparing the counters of quotas with the rows that they count, and putting them right.

Counters are changed in the transactions that add and remove rows, so they only ever differ where
rows were written past the services: by SQL, or by an older release that kept no counters while a
newer one did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import transaction

from tenants.quotas.models import UsageCounter
from tenants.quotas.registry import declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.quotas.registry import Quota

log = structlog.get_logger(__name__)


class Difference(NamedTuple):
    """A counter that is wrong.

    Attributes:
        quota: whose.
        used: what the counter says.
        counted: what the rows say.
    """

    quota: Quota
    used: int
    counted: int


def recount(*, repair: bool) -> list[Difference]:
    """Compare the current tenant's counters with its rows; exact while the tenant is in use.

    A quota that was never used has no counter: it will start with what there is.

    Args:
        repair: whether to write what was counted.
    """
    return list(_differences(repair=repair))


def _differences(*, repair: bool) -> Iterator[Difference]:
    for quota in declared():
        with transaction.atomic():
            found = _compare(quota)
            if found is not None and repair:
                UsageCounter.objects.filter(quota=quota.name).update(used=found.counted)
                log.warning(
                    "quota_recounted", quota=quota.name, used=found.used, counted=found.counted
                )
        if found is not None:
            yield found


def _compare(quota: Quota) -> Difference | None:
    """Whoever has used the quota in an open transaction has its counter, and is waited for.

    Whoever removed rows and has not given them back yet does so to a counter that still has them,
    as the count does, which does not see what is not committed.
    """
    if quota.count is None:
        return None
    counter = UsageCounter.objects.select_for_update().filter(quota=quota.name).first()
    counted = quota.count()
    if counter is None or counter.used == counted:
        return None
    return Difference(quota, counter.used, counted)
