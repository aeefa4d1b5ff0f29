"""Sizes and images: neutral names become AWS's own, those of the document's region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws import images, machine_types
from blueprints.catalog.documents import Each, Join, Var
from blueprints.catalog.documents.possible_values import possible_values
from blueprints.generation.clouds.aws.mapping import Context, value
from blueprints.generation.ir import Address, Block, Lookup, Node, Reference, VariableReference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Value


def size(source: Any, service: machine_types.Service, context: Context) -> Value:
    """Return AWS's name of a size; one known later is looked up when the stack is planned."""
    found = value(source, context)
    sizes = machine_types.neutral_sizes(service, context.known_region)
    if isinstance(found, str):
        return sizes.get(found, found)
    if isinstance(found, VariableReference | Reference):
        return Lookup(sizes, found)
    return found


def is_arm(source: Any, component: Component, context: Context) -> bool:
    """Whether a size of a component has an Arm processor, by all that the document says of it.

    What nobody says is taken to be x86. Sizes of both kinds are refused where it matters.
    """
    names: Iterable[Any] = (source,)
    if isinstance(source, Var | Each | Join):
        document = context.document
        names = possible_values(source, component.repeat, document.variables, document.environments)
    known = [name for name in names if isinstance(name, str)]
    return bool(known) and all(map(machine_types.is_arm, known))


@dataclass(frozen=True, slots=True)
class Image:
    """What the builds of a neutral image are called.

    Attributes:
        pattern: their names, with the processor left open.
        processors: how the publisher writes x86 and Arm.
    """

    pattern: str
    processors: tuple[str, str] = ("amd64", "arm64")

    def names(self, *, arm: bool) -> str:
        """Return the pattern of the names for a processor."""
        return self.pattern.format(self.processors[arm])


_IMAGES = {
    "ubuntu-24.04": Image("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-*"),
    "ubuntu-22.04": Image("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{}-server-*"),
    "debian-12": Image("debian-12-{}-*"),
    "amazon-linux-2023": Image("al2023-ami-2023.*-{}", ("x86_64", "arm64")),
}


def image_lookup(component: Component, context: Context) -> Node:
    """Build the data source that finds a machine's image when the stack is planned.

    Only the document itself names a neutral image: a variable holds AWS's own id of one.
    """
    source = component.properties["image"]
    neutral = _IMAGES.get(source) if isinstance(source, str) else None
    address = Address("data", "aws_ami", component.id)
    if neutral is None:
        return Node(address, blocks=(_filter("image-id", value(source, context)),))
    names = neutral.names(arm=is_arm(component.properties["size"], component, context))
    # Without its owner, anybody could answer the search.
    owner = images.OWNERS[source][context.partition()]
    arguments: dict[str, Value] = {"most_recent": True, "owners": (owner,)}
    return Node(address, arguments=arguments, blocks=(_filter("name", names),))


def _filter(name: str, wanted: Value) -> Block:
    return Block("filter", {"name": name, "values": (wanted,)})
