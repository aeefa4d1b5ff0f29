"""Linking entries into their tenant's chain, as the last thing a transaction does.

The chain of a tenant is locked from here to the commit, after every other lock of the
transaction, so writers of one tenant wait for each other for an instant only.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rbac.chain.keys import current_key
from rbac.chain.links import BEGINNING, ENTRY_TEXTS, EntryTexts, Tip, link
from tenants.context import current_tenant, tenant_scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from rbac.chain.keys import Key
    from tenants.models import Tenant

log = structlog.get_logger("rbac.audit")

_NAME = "audit chain"
_BATCH = 1000
# The first key of the lock, as it were; another than that of entering a tenant.
_LOCK_SEED = 20251125

_TIP = """
    SELECT sequence, hash FROM audit_links
     WHERE tenant_id = %(tenant)s ORDER BY sequence DESC LIMIT 1
"""
# One message; each statement sees what was committed when the one before it was done.
# Foreign keys are checked at once: they take locks, and the chain's must be the last.
# The patience is set with set_config(), not SET LOCAL: where placements are distributed, Citus
# would send the text of the whole message on to the nodes. Null gives back what was before.
_BEGIN = f"""
    SET CONSTRAINTS ALL IMMEDIATE;
    SELECT {ENTRY_TEXTS} FROM audit_entries e
     WHERE e.tenant_id = %(tenant)s AND e.id = ANY(%(entries)s)
     ORDER BY array_position(%(entries)s, e.id);
    SELECT set_config('lock_timeout', %(timeout)s, true);
    SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s::text, {_LOCK_SEED}));
    SELECT set_config('lock_timeout', NULL, true);
    {_TIP};
    SELECT sequence, hash FROM public.audit_anchors WHERE tenant_id = %(tenant)s
"""  # noqa: S608  # built from constants
# VALUES, not SELECT from arrays: the rows of a query reach another node by COPY, which
# row-level security refuses.
_LINKS = "INSERT INTO audit_links (tenant_id, entry_id, sequence, hash, key_id) VALUES "
_LINK = "(%s, %s, %s, %s, %s)"
_ANCHOR = """
    INSERT INTO public.audit_anchors AS anchor (tenant_id, sequence, hash, anchored_at)
    VALUES (%s, %s, %s, %s)
    ON CONFLICT (tenant_id) DO UPDATE SET
        sequence = excluded.sequence, hash = excluded.hash, anchored_at = excluded.anchored_at
"""
_UNLINKED = """
    SELECT e.id FROM audit_entries e WHERE e.tenant_id = %(tenant)s AND NOT EXISTS (
        SELECT FROM audit_links l WHERE l.tenant_id = e.tenant_id AND l.entry_id = e.id)
    ORDER BY e.created_at, e.id LIMIT %(batch)s
"""


class _Unlinked:
    """The entries that a transaction has written, by tenant; linked when it commits."""

    def __init__(self) -> None:
        self._entries: dict[Tenant, list[UUID]] = {}

    def add(self, entry_id: UUID) -> None:
        """Note an entry of the current tenant's."""
        self._entries.setdefault(current_tenant(), []).append(entry_id)

    def __call__(self) -> None:
        """Link them, one tenant after the other: two transactions must not wait crosswise."""
        for tenant in sorted(self._entries, key=lambda tenant: tenant.pk):
            with tenant_scope(tenant):
                link_entries(self._entries[tenant])


def link_at_commit(entry_id: UUID) -> None:
    """Have an entry of the current tenant linked when the open transaction commits."""
    connection.before_commit(_NAME, _Unlinked).add(entry_id)  # type: ignore[attr-defined]  # our backend's


def link_entries(entries: Sequence[UUID]) -> Tip | None:
    """Link entries of the current tenant, in this order; returns the new tip.

    Entries that are not there (any more) are left out: a savepoint may have been rolled back.
    Call it last in a transaction: it locks the tenant's chain until the end.
    """
    tenant_id, tip = current_tenant().pk, None
    for start in range(0, len(entries), _BATCH):
        tip = _link(tenant_id, list(entries[start : start + _BATCH])) or tip
    if tip is not None:
        # So that the tip is also where nobody reaches who writes to the database.
        tip_entry = {"tenant_id": str(tenant_id), "sequence": tip.sequence, "hash": tip.hash}
        transaction.on_commit(lambda: log.info("audit_tip", **tip_entry), robust=True)
    return tip


def _link(tenant_id: UUID, entries: list[UUID]) -> Tip | None:
    tip, found = _locked(tenant_id, entries)
    if not found:
        return None
    key = current_key(tenant_id)
    links = list(_following(key, tip, found))
    rows = [
        (tenant_id, entry[0], each.sequence, each.hash, key.id)
        for entry, each in zip(found, links, strict=True)
    ]
    # Along with COMMIT, where nothing comes in between.
    connection.send_deferred(  # type: ignore[attr-defined]  # our backend's
        f"{_LINKS}{', '.join([_LINK] * len(rows))}", [*chain.from_iterable(rows)]
    )
    connection.send_deferred(_ANCHOR, _anchored(tenant_id, links[-1]))  # type: ignore[attr-defined]  # likewise
    return links[-1]


def _anchored(tenant_id: UUID, tip: Tip) -> tuple[UUID, int, str, datetime]:
    return tenant_id, tip.sequence, tip.hash, timezone.now()


def anchor_at(tenant_id: UUID, tip: Tip) -> None:
    """Note apart from the log where it ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ANCHOR, _anchored(tenant_id, tip))


def tip_of_links(tenant_id: UUID) -> Tip | None:
    """The last link of a tenant's log."""
    with connection.cursor() as cursor:
        cursor.execute(_TIP, {"tenant": tenant_id})
        row = cursor.fetchone()
    return Tip(*row) if row else None


def _locked(tenant_id: UUID, entries: list[UUID]) -> tuple[Tip, list[EntryTexts]]:
    """The entries; then lock the chain and read its tip.

    Whoever waits holds a connection that others may need, so nobody waits for long.

    The tip is the later of the last link and the anchor. Where somebody cut off the log's end
    the chain goes on behind the gap, which stays for verification to find; work goes on.
    """
    with connection.cursor() as cursor:
        timeout = f"{settings.AUDIT_LOCK_SECONDS * 1000:.0f}ms"
        cursor.execute(_BEGIN, {"tenant": tenant_id, "entries": entries, "timeout": timeout})
        _, found, _, _, _, linked, anchored = _results(cursor)
    return max(Tip(*row) for row in (BEGINNING, *linked, *anchored)), found


def _results(cursor: Any) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement of a message."""
    results = [cursor.fetchall() if cursor.description else []]
    while cursor.nextset():
        results.append(cursor.fetchall() if cursor.description else [])
    return results


def _following(key: Key, tip: Tip, entries: list[EntryTexts]) -> Iterator[Tip]:
    for entry in entries:
        tip = link(key, tip, entry)
        yield tip


def unlinked_entries(limit: int = _BATCH) -> list[UUID]:
    """The oldest entries of the current tenant that no link holds."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLINKED, {"tenant": current_tenant().pk, "batch": limit})
        return [entry_id for (entry_id,) in cursor.fetchall()]
