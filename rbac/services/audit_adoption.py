"""The logs of tenants that were imported: their chains go on, or begin anew."""

from __future__ import annotations

from django.db import connection, transaction

from iac_platform.common.audit import SystemActor
from rbac.services.audit import record
from rbac.services.audit_chain import anchor_at, link_entries, tip_of_links, unlinked_entries
from tenants.context import current_tenant

_FOREIGN = (
    "DELETE FROM audit_links WHERE tenant_id = %s",
    "DELETE FROM audit_cuts WHERE tenant_id = %s",
)


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
