"""Sizes and images: neutral names become AWS's own.

Sizes are those of the general-purpose families that every commercial region has:
https://aws.amazon.com/ec2/instance-types/t3/, https://aws.amazon.com/rds/instance-types/,
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents import Var
from blueprints.generation.clouds.aws.mapping import Context, UnsupportedOnAws, value
from blueprints.generation.ir import Address, Block, Lookup, Node, Reference, VariableReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Value

MACHINE_SIZES = {
    "micro": "t3.micro",
    "small": "t3.small",
    "medium": "t3.medium",
    "large": "t3.large",
    "xlarge": "t3.xlarge",
}
DATABASE_SIZES = {
    "micro": "db.t4g.micro",
    "small": "db.t4g.small",
    "medium": "db.t4g.medium",
    "large": "db.t4g.large",
    "xlarge": "db.t4g.xlarge",
}
CACHE_SIZES = {
    "micro": "cache.t4g.micro",
    "small": "cache.t4g.small",
    "medium": "cache.t4g.medium",
    "large": "cache.m7g.large",
    "xlarge": "cache.m7g.xlarge",
}
# A "g" after the generation's number names AWS's own processors: m7g, c6gn, im4gn; a1 is older.
_ARM = re.compile(r"(?:[a-z]+\d+[a-z]*g[a-z]*|a1)\.")


def size(source: Any, sizes: Mapping[str, str], context: Context) -> Value:
    """Return AWS's name of a size; one known later is looked up when the stack is planned."""
    found = value(source, context)
    if isinstance(found, str):
        return sizes.get(found, found)
    if isinstance(found, VariableReference | Reference):
        return Lookup(sizes, found)
    return found


def is_arm(instance_type: Value) -> bool:
    """Whether an instance type has an Arm processor; one known later is taken to be x86."""
    return isinstance(instance_type, str) and _ARM.match(instance_type) is not None


@dataclass(frozen=True, slots=True)
class Image:
    """Where AWS keeps the builds of a neutral image.

    Attributes:
        owner: the account that publishes them; without it, anybody could answer the search.
        pattern: their names, with the processor left open.
        processors: how the publisher writes x86 and Arm.
    """

    owner: str
    pattern: str
    processors: tuple[str, str] = ("amd64", "arm64")

    def names(self, *, arm: bool) -> str:
        """Return the pattern of the names for a processor."""
        return self.pattern.format(self.processors[arm])


# Publishers: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/,
# https://wiki.debian.org/Cloud/AmazonEC2Image,
# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
_IMAGES = {
    "ubuntu-24.04": Image(
        "099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-*"
    ),
    "ubuntu-22.04": Image("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{}-server-*"),
    "debian-12": Image("136693071363", "debian-12-{}-*"),
    "amazon-linux-2023": Image("amazon", "al2023-ami-2023.*-{}", ("x86_64", "arm64")),
}


def image_lookup(component: Component, instance_type: Value, context: Context) -> Node:
    """Build the data source that finds a machine's image when the stack is planned.

    Raises:
        UnsupportedOnAws: a variable's default is a neutral name, which only the document
            itself may use: a variable holds AWS's own id of an image.
    """
    source = component.properties["image"]
    _refuse_neutral_default(component, source, context)
    neutral = _IMAGES.get(source) if isinstance(source, str) else None
    address = Address("data", "aws_ami", component.id)
    if neutral is None:
        return Node(address, blocks=(_filter("image-id", value(source, context)),))
    names = neutral.names(arm=is_arm(instance_type))
    arguments: dict[str, Value] = {"most_recent": True, "owners": (neutral.owner,)}
    return Node(address, arguments=arguments, blocks=(_filter("name", names),))


def _filter(name: str, wanted: Value) -> Block:
    return Block("filter", {"name": name, "values": (wanted,)})


def _refuse_neutral_default(component: Component, source: Any, context: Context) -> None:
    if not isinstance(source, Var):
        return
    default = context.document.variables[source.name].default_at(source.path)
    if default in _IMAGES:
        raise UnsupportedOnAws(
            f"{component.id}: the image comes from variable {source.name!r}, whose default "
            f"{default!r} is not an image's id. Name it in the component instead, or give the "
            "variable an id such as ami-0abcdef1234567890.",
            component=component.id,
        )
