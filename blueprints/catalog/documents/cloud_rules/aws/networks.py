"""What networks offer to components in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprints.catalog.documents.cloud_rules.context import Subject


def without_gateway(network: Subject) -> bool:
    """Whether a network has no way to the internet: its gateway comes with a public subnet."""
    return not any(subnet.is_on("public") for subnet in network.context.subnets_of(network))


def without_dns(network: Subject) -> bool:
    """Whether machines in a network get no DNS names."""
    return network.is_off("dns")
