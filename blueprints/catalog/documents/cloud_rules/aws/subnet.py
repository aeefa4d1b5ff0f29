"""VPC: subnets and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.component_types import Finding
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.scene import Subject

_ZONES = (
    "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html"
)
#: Letters of zones where they go beyond c. Accounts see some of them only.
_LAST_LETTERS = {
    "us-east-1": "f",
    "us-west-2": "d",
    "ap-northeast-1": "d",
    "ap-northeast-2": "d",
    "ca-central-1": "d",
    "cn-north-1": "d",
}
_WITHOUT = {"ca-central-1": "c"}


def zones(region: str) -> str:
    """Return the letters that zones of a region may have."""
    last = _LAST_LETTERS.get(region, "c")
    letters = (chr(code) for code in range(ord("a"), ord(last) + 1))
    return "".join(letter for letter in letters if letter not in _WITHOUT.get(region, ""))


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
def zone(subnet: Subject) -> Iterator[Finding]:
    """The region has such a zone."""
    given, region = subnet.text("zone"), subnet.scene.region
    if given and given not in zones(region):
        letters = ", ".join(zones(region))
        message = f"There is no zone {region}{given}: {region} has {letters}."
        yield Finding(("zone",), message)


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
