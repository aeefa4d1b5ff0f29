"""What is used of each quota that PostgreSQL keeps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenants.locks import LockStage
from tenants.models import EXPORTED, TenantModel


class UsageCounter(TenantModel):
    """How much a tenant has used of one quota, since ever or in one month.

    Only ``tenants.quotas.services`` writes it, in one statement that compares with the
    limit. Past months stay, for the record.
    """

    archive: ClassVar = EXPORTED

    quota = models.CharField(max_length=60)
    period = models.CharField(
        max_length=7, blank=True, help_text="The month in UTC, as 2026-11; empty for no period."
    )
    used = models.PositiveBigIntegerField(default=0)
    lock_stage = LockStage.COUNTER
    is_observed: ClassVar = False

    class Meta:
        db_table = "usage_counters"
        verbose_name = "usage"
        verbose_name_plural = "usage"
        ordering: ClassVar = ["quota", "-period"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "quota", "period"], name="usage_counters_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quota} {self.period}".strip()
