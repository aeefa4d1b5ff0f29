"""Long work on a tenant: asked for by a request, done by the process that is the owner."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class OperationKind(models.TextChoices):
    """What is done to the tenant."""

    PROVISION = "provision", "Provision"
    MOVE = "move", "Move to another placement"
    DELETE = "delete", "Delete for good"


class OperationStatus(models.TextChoices):
    """How far the work has come."""

    QUEUED = "queued", "Waiting for the provisioner"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Operation(models.Model):
    """One piece of work, its progress and how it ended.

    The row is the queue entry and the progress report in one: written in the transaction
    of the request that asks for it, so that neither is ever without the other. It outlives
    its tenant, as the operator's record that a deletion was done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=OperationKind.choices)
    tenant_id = models.UUIDField(db_index=True)
    subject = models.CharField(max_length=40, help_text="The tenant's slug at the time.")
    parameters = models.JSONField(default=dict, blank=True)
    status = models.CharField(
        max_length=16, choices=OperationStatus.choices, default=OperationStatus.QUEUED
    )
    step = models.CharField(max_length=60, blank=True, help_text="What is being done now.")
    done = models.PositiveBigIntegerField(default=0, help_text="Units of this step that are done.")
    total = models.PositiveBigIntegerField(default=0, help_text="Units it has; 0 if unknown.")
    failure = models.TextField(blank=True, help_text="Why it failed, for the operator.")
    result = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    requested_by = models.CharField(max_length=200)
    requested_by_id = models.CharField(
        max_length=100,
        help_text="The audit log's id of whoever asked; they must be allowed when it begins.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "operations"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["status", "created_at"], name="operations_queue_idx")
        ]
        constraints: ClassVar = [
            # Two at once on one tenant would undo each other's work.
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=models.Q(status__in=["queued", "running"]),
                name="operations_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
