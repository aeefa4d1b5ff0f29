"""Sizes of machines, for every component type that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws import machine_types
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


def findings(
    service: machine_types.Service, name: object, region: str, *path: str | int
) -> Iterator[Problem]:
    """Find a machine that a region cannot have."""
    if isinstance(name, str) and (message := machine_types.fault(service, name, region)):
        yield Problem.error(path, message)
