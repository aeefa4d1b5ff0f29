"""Where each tenant's audit log ends, kept apart from the log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenants.models.tenant import Tenant


class AuditAnchor(models.Model):
    """The last link of a tenant's audit log: whoever cuts the log's end off must change this too.

    It stands in `public`, not in the tenant's placement. A trigger refuses to every role,
    the owner's included, to take it back to an earlier link.
    """

    # Without a constraint: its check would lock the tenant's row at the end of transactions.
    tenant = models.OneToOneField(
        Tenant,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="audit_anchor",
        db_constraint=False,
    )
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    anchored_at = models.DateTimeField()

    tenant_path = "tenant_id"
    is_observed: ClassVar = False

    class Meta:
        db_table = "audit_anchors"

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"
