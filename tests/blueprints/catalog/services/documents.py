"""Small valid documents."""

from __future__ import annotations

from typing import Any


def document(region: str = "us-east-1", cidr: str = "10.0.0.0/16") -> dict[str, Any]:
    return {
        "cloud": "aws",
        "region": region,
        "components": [{"id": "main", "type": "network", "properties": {"cidr": cidr}}],
    }


def dangling() -> dict[str, Any]:
    """A document whose second component refers to one that is not there."""
    subnet = {
        "id": "app",
        "type": "subnet",
        "properties": {"network": {"ref": "nowhere"}, "cidr": "10.0.1.0/24", "zone": "a"},
    }
    base = document()
    return {**base, "components": [*base["components"], subnet]}
