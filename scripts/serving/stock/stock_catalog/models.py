"""Blueprints with the columns that the platform's have."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class Base(models.Model):
    """What the platform's rows have in common."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True


class Project(Base):
    """What blueprints belong to."""

    objects: ClassVar[models.Manager[Project]] = models.Manager()
    name = models.CharField(max_length=200, unique=True)
    description = models.CharField(max_length=2000, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class Blueprint(Base):
    """Infrastructure, described in versions."""

    objects: ClassVar[models.Manager[Blueprint]] = models.Manager()
    project = models.ForeignKey(Project, models.PROTECT, related_name="blueprints")
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=2000, blank=True)
    latest_number = models.PositiveIntegerField(default=0, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "name"], name="blueprint_name_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at", "id"], name="blueprint_page_idx"),
            models.Index(fields=["updated_at", "id"], name="blueprint_updated_idx"),
        ]

    def __str__(self) -> str:
        return self.name


class BlueprintVersion(Base):
    """A blueprint's document at one moment."""

    objects: ClassVar[models.Manager[BlueprintVersion]] = models.Manager()
    blueprint = models.ForeignKey(Blueprint, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(editable=False)
    document = models.JSONField()
    content_hash = models.CharField(max_length=64, editable=False)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["blueprint", "number"], name="version_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.blueprint} version {self.number}"
