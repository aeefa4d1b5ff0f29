"""Where a log begins whose oldest part the operator removed."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from rbac.chain.keys import UnknownKey, key_by_id
from rbac.chain.links import cut_message
from rbac.models import AuditCut

if TYPE_CHECKING:
    from uuid import UUID


def latest_cut(tenant_id: UUID) -> AuditCut | None:
    """The last removal from a tenant's log."""
    cuts = AuditCut.objects.filter(tenant_id=tenant_id).order_by("-sequence")
    return cuts.first()


def message_of(cut: AuditCut) -> bytes:
    """What the signature of a cut says."""
    return cut_message(
        [
            str(cut.tenant_id),
            str(cut.sequence),
            cut.hash,
            str(cut.entries),
            cut.before.isoformat(),
            cut.pruned_at.isoformat(),
            cut.pruned_by,
        ]
    )


def cut_is_ours(cut: AuditCut) -> bool:
    """Whether the platform signed it."""
    try:
        key = key_by_id(cut.tenant_id, cut.key_id)
    except UnknownKey:
        return False
    return hmac.compare_digest(key.sign(message_of(cut)), cut.signature)
