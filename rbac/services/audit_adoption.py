"""Taking entries into the chain that were written outside of it, or in another tenant's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from iac_platform.common.audit import SystemActor
from rbac.services.audit import record
from rbac.services.audit_chain import anchor_at, link_entries, tip_of_links, unlinked_entries
from tenants.context import current_tenant

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from rbac.chain.verification import Progress

_FOREIGN = (
    "DELETE FROM audit_links WHERE tenant_id = %s",
    "DELETE FROM audit_cuts WHERE tenant_id = %s",
)


def adopt_entries(*, actor: Actor, progress: Progress) -> int:
    """Link all entries of the current tenant that no link holds; returns how many.

    Commits batch by batch, oldest first, and notes it in the log: nobody vouches for what an
    entry said before it was linked.
    """
    count = 0
    progress.step(f"linking entries of {current_tenant().slug}")
    while True:
        with transaction.atomic():
            entries = unlinked_entries()
            if not entries:
                break
            link_entries(entries)
        count += len(entries)
        progress.advance(len(entries))
    if count:
        with transaction.atomic():
            record("audit.link", current_tenant(), actor=actor, changes={"entries": count})
    return count


def adopt_imported_log(*, new_ids: bool) -> None:
    """Take over the log of a tenant that was imported."""
    if new_ids:
        begin_chain_anew()
    else:
        keep_imported_chain()


def keep_imported_chain() -> None:
    """Anchor the log of a tenant that was imported with the ids it had: its chain goes on."""
    tip = tip_of_links(current_tenant().pk)
    if tip is not None:
        anchor_at(current_tenant().pk, tip)


@transaction.atomic
def begin_chain_anew() -> None:
    """Link the log of a tenant that was imported with new ids.

    Links hash ids, so those of the archive hold no more. The first entry of this chain that is
    not of the archive says where the old one ended. Runs as the owner.
    """
    tenant_id = current_tenant().pk
    tip = tip_of_links(tenant_id)
    with connection.cursor() as cursor:
        for statement in _FOREIGN:
            cursor.execute(statement, [tenant_id])
    while entries := unlinked_entries():
        link_entries(entries)
    changes = {"imported_tip": str(tip) if tip else None}
    record("audit.begin_anew", current_tenant(), actor=SystemActor("import"), changes=changes)
