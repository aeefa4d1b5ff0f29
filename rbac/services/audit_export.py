"""Taking the audit log out of the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from rbac.chain.entries import in_batches
from rbac.permissions import EXPORT_AUDIT
from rbac.policy import require_of
from rbac.services.audit import record
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor

BATCH = 500
MOST_ENTRIES = 100_000


@transaction.atomic
def export_entries(
    entries: QuerySet[Any], *, actor: Actor, filters: Mapping[str, str]
) -> Iterator[list[Any]]:
    """The entries up to now, oldest first, in batches, and a note in the log of who took them.

    Args:
        entries: those that the actor may see, narrowed by ``filters``.
        actor: who takes them.
        filters: what they asked for, for the log.

    Returns:
        Batches, read as they are asked for, of ``MOST_ENTRIES`` at most.

    Raises:
        NotPermitted: the actor is a user who may not.
    """
    require_of(actor, EXPORT_AUDIT)
    record("audit.export", current_tenant(), actor=actor, changes={"filters": dict(filters)})
    until_now = entries.filter(created_at__lte=timezone.now())
    return in_batches(until_now, size=BATCH, most=MOST_ENTRIES)
