from __future__ import annotations

from . import fields
from .base import Attribute, ComponentType

TYPE = ComponentType(
    name="network",
    title="Network",
    category="networking",
    description="A private address space that subnets divide.",
    schema=fields.properties(
        {
            "cidr": fields.cidr(
                "The address block, /16 to /28, best from the private ranges of RFC 1918.",
                example="10.0.0.0/16",
            ),
            "dns": fields.flag("Whether machines in it get and resolve DNS names.", default=True),
            "nat": fields.choice(
                "How private subnets reach the internet: not at all, through one gateway, or "
                "through one gateway in each zone. Gateways stand in public subnets.",
                "none",
                "single",
                "per_zone",
                default="none",
            ),
            "flow_logs": fields.choice(
                "Which of its traffic is logged: none, what firewalls refused, or all.",
                "none",
                "refused",
                "all",
                default="none",
            ),
            "log_days": fields.log_days("Days that flow logs are kept.", default=90),
        },
        required=["cidr"],
        example={"cidr": "10.0.0.0/16", "nat": "single"},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the network."),
        Attribute("cidr", "string", "Its address block."),
    ),
    clouds={
        "aws": "aws_vpc, aws_internet_gateway, aws_nat_gateway",
        "azure": "azurerm_virtual_network, azurerm_nat_gateway",
        "google": "google_compute_network, google_compute_router_nat",
    },
)
