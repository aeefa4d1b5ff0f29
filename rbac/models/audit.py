"""The audit log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.querysets import PermittedQuerySet
from tenants.models import TenantModel


class AuditEntry(TenantModel):
    """One thing that was done, by whom, to what; never changed and never deleted.

    The application role may insert and read, and nothing else: the database, not
    this class, keeps the log as it was written.
    """

    actor_id = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=100)
    subject_id = models.CharField(max_length=100)
    subject_name = models.CharField(max_length=255)
    changes = models.JSONField(default=dict)
    request_id = models.CharField(max_length=100, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)

    objects = PermittedQuerySet.as_manager()
    app_privileges = ("INSERT", "SELECT")

    class Meta:
        db_table = "audit_entries"
        ordering: ClassVar = ["-created_at"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="audit_entries_page_idx"),
            models.Index(
                fields=["tenant_id", "subject_type", "subject_id"], name="audit_entries_subject_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_name}"
