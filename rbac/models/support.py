"""The operator's staff inside a tenant: for a while, for a reason, in the tenant's sight."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from rbac.models.user import User
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import EXPORTED, TenantForeignKey, TenantModel

LONGEST = timedelta(hours=4)


class SupportAccessQuerySet(PermittedQuerySet["SupportAccess"]):
    """Support accesses, and which of them still count."""

    def live(self) -> SupportAccessQuerySet:
        """Neither revoked nor expired, by the database's clock."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=Now())


class SupportAccess(TenantModel):
    """One time that a member of the operator's staff was let into this tenant.

    It lives where the tenant's own rows do, so the tenant sees who came, why, and until
    when, and can end it. Its user acts for one such time only and is never used again.
    """

    archive: ClassVar = EXPORTED

    operator_id = models.CharField(max_length=100, help_text="The operator's audit id.")
    operator_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    role_key = models.CharField(max_length=60, help_text="The role that was granted.")
    user = TenantForeignKey(User, models.CASCADE, related_name="support_accesses")
    expires_at = models.DateTimeField()
    first_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.CharField(max_length=200, blank=True, editable=False)

    objects = SupportAccessQuerySet.as_manager()
    resource = "support_access"
    lock_stage = LockStage.PEOPLE
    # Who was here stays on record: nobody deletes it.
    app_privileges = ("INSERT", "SELECT", "UPDATE")

    class Meta:
        db_table = "support_accesses"
        verbose_name_plural = "support accesses"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="support_accesses_page_idx")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "user"], name="support_accesses_user_unique"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + LONGEST),
                name="support_accesses_at_most_4_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_name} until {self.expires_at:%Y-%m-%d %H:%M} UTC"
