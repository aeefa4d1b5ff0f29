from __future__ import annotations

from . import fields
from .base import Attribute, ComponentType

TYPE = ComponentType(
    name="subnet",
    title="Subnet",
    category="networking",
    description="A part of a network's address space, in one zone.",
    schema=fields.properties(
        {
            "network": fields.component("The network it divides.", "network"),
            "cidr": fields.cidr(
                "The address block: inside the network's and apart from other subnets'.",
                example="10.0.1.0/24",
            ),
            "zone": fields.text(
                "The availability zone within the region: the letter or digit that ends its name.",
                max_length=1,
                pattern="^[a-z0-9]$",
                default="a",
                examples=["a", "b", "1"],
                literal=True,
            ),
            "public": fields.flag(
                "Whether it has a route to and from the internet.", default=False
            ),
        },
        required=["network", "cidr"],
        example={"network": {"ref": "main"}, "cidr": "10.0.1.0/24", "zone": "a"},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the subnet."),
        Attribute("cidr", "string", "Its address block."),
    ),
    clouds={
        "aws": "aws_subnet, aws_route_table",
        "azure": "azurerm_subnet",
        "google": "google_compute_subnetwork",
    },
)
