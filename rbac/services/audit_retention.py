"""Removing the oldest part of an audit log. The operator's alone: runs as the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from iac_platform.common.errors import DomainError, ErrorKind
from rbac.chain.cuts import message_of
from rbac.chain.keys import current_key
from rbac.chain.verification import verify
from rbac.models import AuditCut
from rbac.services.audit import record
from tenants.context import tenant_scope
from tenants.models import PLATFORM_TENANT_ID, Tenant

if TYPE_CHECKING:
    from datetime import datetime

    from iac_platform.common.audit import Actor
    from rbac.chain.verification import Progress

# The last link before the first one whose entry is to stay.
_THROUGH = """
    SELECT l.sequence, l.hash FROM audit_links l
     WHERE l.tenant_id = %(tenant)s AND l.sequence < coalesce((
        SELECT min(k.sequence) FROM audit_links k
          JOIN audit_entries e ON e.tenant_id = k.tenant_id AND e.id = k.entry_id
         WHERE k.tenant_id = %(tenant)s AND e.created_at >= %(before)s), 9223372036854775807)
     ORDER BY l.sequence DESC LIMIT 1
"""
_ENTRIES = """
    DELETE FROM audit_entries e USING audit_links l
     WHERE l.tenant_id = %(tenant)s AND l.sequence <= %(through)s
       AND e.tenant_id = l.tenant_id AND e.id = l.entry_id
"""
_LINKS = "DELETE FROM audit_links WHERE tenant_id = %(tenant)s AND sequence <= %(through)s"
_COUNT = "SELECT count(*) FROM audit_links WHERE tenant_id = %(tenant)s AND sequence <= %(through)s"


class LogIsNotSound(DomainError):
    """Nothing is removed from a log that is not what was written: it is evidence."""

    code = "audit-log-not-sound"
    title = "The audit log does not verify"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def prune_audit(
    tenant: Tenant, *, before: datetime, actor: Actor, progress: Progress, dry_run: bool = False
) -> AuditCut | None:
    """Remove the oldest entries of a tenant's log, up to the first that is not older.

    What was removed is told in a signed cut, from which verification then begins, and in the
    logs of the tenant and of the operator.

    Args:
        tenant: whose log.
        before: entries older than this go; the chain is cut in one place, so an older one
            behind a younger one stays.
        actor: who does it.
        progress: receives steps.
        dry_run: change nothing.

    Returns:
        The cut, unsaved in a dry run; None when nothing is old enough.

    Raises:
        LogIsNotSound: the log does not verify.
    """
    with tenant_scope(tenant):
        verdict = verify(progress=progress)
        if not verdict.is_sound:
            raise LogIsNotSound(
                f"{verdict.findings[0]}. Find out why first: manage.py verify_audit "
                f"--tenant {tenant.slug}"
            )
        cut = _cut(tenant, before, actor)
        if cut is None or dry_run:
            return cut
        progress.step("removing entries")
        _remove(cut)
        changes = {
            "through": cut.sequence,
            "hash": cut.hash,
            "entries": cut.entries,
            "before": cut.before.isoformat(),
        }
        record("audit.prune", tenant, actor=actor, changes=changes)
    if tenant.pk != PLATFORM_TENANT_ID:
        with tenant_scope(Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)):
            record("audit.prune", tenant, actor=actor, changes=changes)
    return cut


def _cut(tenant: Tenant, before: datetime, actor: Actor) -> AuditCut | None:
    with connection.cursor() as cursor:
        cursor.execute(_THROUGH, {"tenant": tenant.pk, "before": before})
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(_COUNT, {"tenant": tenant.pk, "through": row[0]})
        (entries,) = cursor.fetchone()
    key = current_key(tenant.pk)
    cut = AuditCut(
        tenant_id=tenant.pk,
        sequence=row[0],
        hash=row[1],
        entries=entries,
        before=before,
        pruned_at=timezone.now(),
        pruned_by=actor.audit_name[:200],
        key_id=key.id,
    )
    cut.signature = key.sign(message_of(cut))
    return cut


def _remove(cut: AuditCut) -> None:
    cut.save(force_insert=True)
    removed: dict[str, Any] = {"tenant": cut.tenant_id, "through": cut.sequence}
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, removed)
        cursor.execute(_LINKS, removed)
