"""Entries with their place in the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery

from rbac.models import AuditLink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet


def with_links(entries: QuerySet[Any]) -> QuerySet[Any]:
    """Entries with ``sequence`` and ``hash`` of their link; None where they have none.

    One look-up by key for each row that is shown.
    """
    links = AuditLink.objects.filter(pk=OuterRef("pk"))
    found: QuerySet[Any] = entries.annotate(
        sequence=Subquery(links.values("sequence")), hash=Subquery(links.values("hash"))
    )
    return found


def in_batches(entries: QuerySet[Any], *, size: int, most: int) -> Iterator[list[Any]]:
    """Entries, oldest first, by keyset: no query takes longer than the first."""
    remaining, rows = most, entries.order_by("created_at", "id")
    while remaining > 0:
        batch = list(rows[: min(size, remaining)])
        if batch:
            yield batch
        if len(batch) < size:
            return
        remaining -= len(batch)
        last = batch[-1]
        beyond = entries.filter(created_at__gte=last.created_at).exclude(
            created_at=last.created_at, id__lte=last.id
        )
        rows = beyond.order_by("created_at", "id")
