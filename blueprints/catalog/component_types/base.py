"""What a component type is: the contract between a document, its checks and its generators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blueprints.catalog.problems import Problem

Schema = Mapping[str, Any]

#: Sizes that every cloud can map to an exact machine; any other size is a cloud's own name.
NEUTRAL_SIZES = ("micro", "small", "medium", "large", "xlarge")

#: Images that generators resolve to the newest build; any other image is a cloud's own id.
NEUTRAL_IMAGES = ("ubuntu-24.04", "ubuntu-22.04", "debian-12", "amazon-linux-2023")

#: What a relation says. Only ``depends_on`` changes the order in which things are built.
RELATION_TYPES: Mapping[str, str] = {
    "depends_on": "is built after",
    "connects_to": "opens network connections to",
    "reads_from": "reads data from",
    "writes_to": "writes data to",
    "routes_to": "forwards requests to",
    "triggers": "starts, by what happens in it,",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something known about a component once it exists: what ``{"ref": "lb.dns_name"}`` names.

    Attributes:
        name: the part after the dot.
        type: ``string``, ``number``, ``boolean`` or ``list`` (of strings).
        description: what it holds, for people.
        sensitive: whether it must be kept out of logs and plain outputs.
        nullable: whether it may be null though the component is there.
        where: for each property that decides whether there is such a thing, the values with
            which there is.
    """

    name: str
    type: str
    description: str
    sensitive: bool = False
    nullable: bool = False
    where: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


Check = Callable[[Mapping[str, Any]], Iterator["Problem"]]


def _one_zone(_: Mapping[str, Any]) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class ComponentType:
    """One kind of building block, the same on every cloud.

    Attributes:
        name: the ``type`` in a document, in snake_case.
        title: its name for people.
        category: the group it is shown in.
        description: what it stands for.
        schema: JSON Schema 2020-12 of the component's ``properties``.
        attributes: what a reference to it may name.
        clouds: for each cloud, the resources it becomes, for people.
        relations: for each relation type, the component types it may point to. ``depends_on``
            is open to all and not listed.
        checks: rules over several properties, which a JSON Schema says badly. They see
            properties that already satisfy ``schema``, with defaults filled in.
        zones: in how many zones the subnets named in those properties must stand.
    """

    name: str
    title: str
    category: str
    description: str
    schema: Schema
    attributes: tuple[Attribute, ...]
    clouds: Mapping[str, str]
    relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    zones: Callable[[Mapping[str, Any]], int] = _one_zone

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of that name, or None."""
        return next((known for known in self.attributes if known.name == name), None)
