"""Properties that every type made of virtual machines shares."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, Problem

from . import fields
from .base import NEUTRAL_IMAGES, NEUTRAL_SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Every cloud's own names of sizes have a separator: m7g.large, Standard_D2s_v5, e2-small.
# A misspelt neutral size has none, and is refused rather than passed on.
SIZE = f"^(?:{'|'.join(NEUTRAL_SIZES)}|[A-Za-z0-9]+[._-][A-Za-z0-9._-]+)$"


def size(description: str = "The machine's size", *, default: str = "small") -> dict[str, Any]:
    """A neutral size, or the exact name the cloud gives to one."""
    return fields.text(
        f"{description}: {', '.join(NEUTRAL_SIZES)}, or the cloud's own name for a size.",
        max_length=64,
        pattern=SIZE,
        default=default,
        examples=["small", "m7g.large", "Standard_D2s_v5", "e2-standard-2"],
    )


def image() -> dict[str, Any]:
    """A neutral operating system image, or the cloud's own id of one."""
    return fields.text(
        f"The operating system: {', '.join(NEUTRAL_IMAGES)} (the newest build; the last is "
        "known to AWS only), or the cloud's own id of an image.",
        max_length=256,
        pattern="^[A-Za-z0-9][A-Za-z0-9._:/-]*$",
        default="ubuntu-24.04",
        examples=["ubuntu-24.04", "ami-0abcdef1234567890"],
    )


def machine_properties() -> dict[str, dict[str, Any]]:
    """What a machine is made of, apart from where it stands."""
    return {
        "firewalls": fields.components("The firewalls in front of it.", "firewall", max_items=5),
        "size": size(),
        "image": image(),
        "disk_gb": fields.integer(
            "Size of the system disk, in GiB. It is always encrypted.",
            minimum=8,
            maximum=16384,
            default=20,
        ),
        "user_data": fields.text(
            "A script or cloud-init document that runs at the first start.",
            max_length=16384,
            pattern=None,
            secret_allowed=True,
        ),
        "public_ip": fields.flag("Whether it gets a public address.", default=False),
        "role": fields.component(
            "The role that programs on it act in.",
            "role",
            where={"trusted_service": "compute_instance"},
        ),
        "key_name": fields.nullable(
            fields.text(
                "Name of an SSH key pair that the cloud account already holds.",
                max_length=255,
                pattern="^[A-Za-z0-9][A-Za-z0-9 ._@+=:/-]*$",
            )
        ),
        "monitoring": fields.flag(
            "Whether measurements are taken each minute.", default=False, literal=False
        ),
    }


def capacity_findings(properties: Mapping[str, Any], path: Path = ()) -> Iterator[Problem]:
    """Find where ``min``, ``desired`` and ``max`` do not rise; variables are not compared."""
    named = [(name, properties.get(name)) for name in ("min", "desired", "max")]
    given = [(name, value) for name, value in named if isinstance(value, int)]
    for (lower, low), (upper, high) in pairwise(given):
        if low > high:
            message = f'"{lower}" is {low}, more than "{upper}", which is {high}.'
            yield Problem.error((*path, lower), message)
