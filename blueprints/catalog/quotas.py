"""Quotas of what this app owns."""

from __future__ import annotations

from django.db.models import Sum

from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from tenants.quotas.registry import Kind, declare

_GIB = 1024**3


def _projects() -> int:
    return Project.objects.count()


def _blueprints() -> int:
    return Blueprint.objects.count()


def _stored_bytes() -> int:
    stored: int | None = BlueprintVersion.objects.aggregate(stored=Sum("size"))["stored"]
    return stored or 0


PROJECTS = declare(
    "projects", "Projects", unit="projects", kind=Kind.ROWS, default=500, count=_projects
)
BLUEPRINTS = declare(
    "blueprints", "Blueprints", unit="blueprints", kind=Kind.ROWS, default=5_000, count=_blueprints
)
# The documents of all versions, as they are stored.
STORAGE = declare(
    "storage",
    "Storage",
    unit="bytes",
    kind=Kind.TALLY,
    default=10 * _GIB,
    count=_stored_bytes,
)
