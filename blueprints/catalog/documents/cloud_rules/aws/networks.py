"""What networks offer to components in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprints.catalog.documents.cloud_rules.context import RuleContext, Subject


def without_gateway(network: Subject) -> bool:
    """Whether a network has no way to the internet: its gateway comes with a public subnet."""
    return network.id not in network.context.once(_with_public_subnet)


def _with_public_subnet(context: RuleContext) -> frozenset[str]:
    public = (subnet for subnet in context.of_type("subnet") if subnet.is_on("public"))
    networks = (subnet.target("network") for subnet in public)
    return frozenset(network.id for network in networks if network)


def without_dns(network: Subject) -> bool:
    """Whether machines in a network get no DNS names."""
    return network.is_off("dns")
