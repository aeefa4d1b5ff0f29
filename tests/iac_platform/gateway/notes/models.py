from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from uuid import uuid4

from django.db import models

DATABASE = "scratch"


def _now() -> datetime:
    return datetime.now(UTC)


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    owner = models.CharField(max_length=50)
    name = models.CharField(max_length=50)
    created_at = models.DateTimeField(default=_now)
    revision = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[Note]] = models.Manager()

    class Meta:
        app_label = "gateway_notes"

    def __str__(self) -> str:
        return self.name
