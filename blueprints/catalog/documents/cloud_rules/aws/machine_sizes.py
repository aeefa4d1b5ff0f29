"""Sizes of machines, for every component type that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws import machine_types
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject


def findings(
    service: machine_types.Service, name: object, region: str, *path: str | int
) -> Iterator[Problem]:
    """Find a machine that a region cannot have."""
    if isinstance(name, str) and (message := machine_types.fault(service, name, region)):
        yield Problem.error(path, message)


def mixed_processors(machine: Subject, size: object, *path: str | int) -> Iterator[Problem]:
    """Find a size that may be one with an Arm processor and another with none."""
    names = machine.context.possible_values(size, machine.component)
    arm = sorted(filter(machine_types.is_arm, names))
    others = sorted(names.difference(arm))
    if arm and others:
        message = (
            f"It may be {arm[0]}, which has an Arm processor, or {others[0]}, which has none, and "
            "one image is sought for all: take sizes of one kind, two components, or ids of images "
            "beside the sizes."
        )
        yield Problem.error(path, message)
