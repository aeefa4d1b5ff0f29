"""Runs of migrations over all placements, and how each placement fared."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from tenants.models.placement import Placement


class RunStatus(models.TextChoices):
    """How a run over the fleet stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Ended with placements that failed"
    STOPPED = "stopped", "Stopped before the end"


class MigrationRun(models.Model):
    """One call of ``migrate_schemas`` that had something to do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target = models.CharField(max_length=64, help_text="Fingerprint that all are to have.")
    migrations = models.JSONField(default=list, help_text="What was pending, as app.name.")
    canary = models.CharField(max_length=48, blank=True, help_text="Which schema went first.")
    status = models.CharField(max_length=16, choices=RunStatus.choices, default=RunStatus.RUNNING)
    failure = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "migration_runs"
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.status}"


class PlacementMigrationStatus(models.TextChoices):
    """How far one placement has come in a run."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class PlacementMigration(models.Model):
    """One placement in a run."""

    run = models.ForeignKey(MigrationRun, on_delete=models.CASCADE, related_name="placements")
    placement = models.ForeignKey(
        Placement, on_delete=models.CASCADE, related_name="migrations_log"
    )
    status = models.CharField(
        max_length=16,
        choices=PlacementMigrationStatus.choices,
        default=PlacementMigrationStatus.WAITING,
    )
    attempts = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "placement_migrations"
        ordering: ClassVar = ["placement_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "placement"], name="placement_migrations_unique")
        ]

    def __str__(self) -> str:
        return f"{self.placement}: {self.status}"
