"""Quotas of what this app owns."""

from __future__ import annotations

from blueprints.catalog.models import Blueprint, Project
from tenants.quotas.registry import Kind, declare

_GIB = 1024**3


def _projects() -> int:
    return Project.objects.count()


def _blueprints() -> int:
    return Blueprint.objects.count()


PROJECTS = declare(
    "projects", "Projects", unit="projects", kind=Kind.ROWS, default=500, count=_projects
)
BLUEPRINTS = declare(
    "blueprints", "Blueprints", unit="blueprints", kind=Kind.ROWS, default=5_000, count=_blueprints
)
# The documents of all versions, as they are stored.
STORAGE = declare("storage", "Storage", unit="bytes", kind=Kind.TALLY, default=10 * _GIB)
