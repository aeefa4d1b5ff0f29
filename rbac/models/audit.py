"""The audit log, and the chain that holds it together."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.querysets import PermittedQuerySet
from tenants.context import current_tenant_id
from tenants.models import EXPORTED, TenantModel


class AuditEntry(TenantModel):
    """One thing that was done, by whom, to what; never changed and never deleted.

    The application role may insert and read, and nothing else: the database, not
    this class, keeps the log as it was written.
    """

    archive: ClassVar = EXPORTED
    is_counted: ClassVar = True
    is_observed: ClassVar = False

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
    resource = "audit"
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


class AuditLink(models.Model):
    """An entry's place in its tenant's chain: a keyed hash of it and of the link before.

    Nothing refers to the entry in SQL: a link must outlive an entry that somebody deletes,
    and a foreign key would be checked, under locks, after the chain's own lock is taken.
    """

    archive: ClassVar = EXPORTED
    is_observed: ClassVar = False

    entry_id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(default=current_tenant_id, editable=False)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)

    app_privileges = ("INSERT", "SELECT")

    class Meta:
        db_table = "audit_links"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "sequence"], name="audit_links_sequence_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


class AuditCut(TenantModel):
    """The oldest part of a log was removed by the operator: verification begins behind it.

    Attributes:
        sequence, hash: the last link that was removed.
        entries: how many were removed with it.
        before: entries older than this were to go.
        signature: a keyed hash of all this, so that only the platform can have said it.
    """

    archive: ClassVar = EXPORTED

    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    entries = models.BigIntegerField()
    before = models.DateTimeField()
    pruned_at = models.DateTimeField()
    pruned_by = models.CharField(max_length=200)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=64)

    app_privileges = ("SELECT",)

    class Meta:
        db_table = "audit_cuts"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "sequence"], name="audit_cuts_sequence_unique"
            )
        ]

    def __str__(self) -> str:
        return f"through {self.sequence}:{self.hash}"
