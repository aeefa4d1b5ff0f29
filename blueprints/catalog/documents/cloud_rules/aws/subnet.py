"""VPC: subnets and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws.zones import zones
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_ZONES = (
    "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html"
)


@rule(
    "aws-subnet/zone",
    limit="Zones are the region and a letter: three in most regions, up to f in us-east-1.",
    source=_ZONES,
    accepted=(
        Example({"cidr": "10.0.7.0/24", "zone": "f"}),
        Example({"cidr": "10.0.7.0/24", "zone": "d"}, region="us-west-2"),
    ),
    refused=(
        Example({"cidr": "10.0.7.0/24", "zone": "1"}, "/zone"),
        Example({"cidr": "10.0.7.0/24", "zone": "g"}, "/zone"),
        Example({"cidr": "10.0.7.0/24", "zone": "d"}, "/zone", region="eu-west-1"),
    ),
)
def zone(subnet: Subject) -> Iterator[Problem]:
    """The region has such a zone."""
    given, region = subnet.text("zone"), subnet.region
    if given and given not in zones(region):
        letters = ", ".join(zones(region))
        message = f"There is no zone {region}{given}: {region} has {letters}."
        yield Problem.error(("zone",), message)


RULES = (zone,)

LIMITS = (
    Limit("network", "Blocks are /16 to /28.", "the document's checks"),
    Limit("network", "A NAT gateway stands in a public subnet.", "the document's checks"),
    Limit(
        "network", "5 networks and 5 elastic IPs in a region (quotas).", "nothing: accounts differ"
    ),
    Limit(
        "subnet", "Blocks are /16 to /28, inside the network's, and apart.", "the document's checks"
    ),
    Limit("subnet", "5 addresses of each are AWS's own.", "`aws-load-balancer-subnet-size`"),
    Limit("subnet", "200 subnets in a network (a quota).", "nothing: accounts differ"),
)
