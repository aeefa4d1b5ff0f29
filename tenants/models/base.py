"""What every tenant-owned table has."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models

from tenants.context import current_tenant_id
from tenants.locks import LockStage

if TYPE_CHECKING:
    from tenants.models.archiving import ArchivePolicy


class TenantModel(models.Model):
    """Base of the models whose rows belong to a tenant.

    Outside a scope a query raises ``NoTenantScope``; inside, row-level security
    shows the scope's rows only. ``tenant_id`` fills itself from the scope.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.UUIDField(default=current_tenant_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # When its rows are locked; see the module.
    lock_stage: ClassVar[LockStage] = LockStage.CONTENT
    # What archives hold of its rows. Each model says it: one that does not is refused by
    # ``manage.py check``, and its table by every export.
    archive: ClassVar[ArchivePolicy]
    # Whether ``tenant_stats`` counts its rows, and which column says when the tenant was used.
    is_counted: ClassVar[bool] = False
    # Whether cached responses may be made from it. If not, its changes cost no invalidation, and an
    # answer that is made from it is never kept.
    is_observed: ClassVar[bool] = True
    # Columns whose changes leave cached responses valid, as none shows them (docs/cache.md).
    unobserved_columns: ClassVar[frozenset[str]] = frozenset()
    last_use_column: ClassVar[str] = ""
    # Which column says when a row has had its time; within an hour it is removed.
    expiry_column: ClassVar[str] = ""
    # Columns that hold what ``iac_platform.common.encryption`` has sealed.
    sealed_columns: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True


class RevisedModel(TenantModel):
    """A tenant-owned row that people change, with the stamp that If-Match compares."""

    revision = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
