"""The components of a document while relations are applied to them."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types
from blueprints.catalog.documents.expressions import Ref
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprints.catalog.documents.model import Component, Document, Relation


@dataclass(frozen=True, slots=True)
class RelationContext:
    """What relations look at, and what they change.

    Attributes:
        components: by id, as changed so far.
        users: for each firewall and role, who names it.
        relations: all relations of the document.
        overfull: lists that became longer than their type allows: component, property, limit.
    """

    components: dict[str, Component]
    users: Mapping[str, tuple[str, ...]]
    relations: tuple[Relation, ...]
    overfull: list[tuple[str, str, int]] = field(default_factory=list)

    @classmethod
    def of(cls, document: Document) -> RelationContext:
        """Begin with a document as it is written."""
        users: dict[str, list[str]] = defaultdict(list)
        known = (*document.components, *document.existing)
        for component in document.components:
            for named in _guards_and_role(component):
                users[named.component].append(component.id)
        return cls(
            {component.id: component for component in known},
            {name: tuple(ids) for name, ids in users.items()},
            document.relations,
        )

    def __getitem__(self, component_id: str) -> Component:
        return self.components[component_id]

    def put(self, component_id: str, name: str, value: Any) -> None:
        """Set a property."""
        component = self.components[component_id]
        properties = MappingProxyType({**component.properties, name: value})
        self.components[component_id] = dataclasses.replace(component, properties=properties)

    def append(self, component_id: str, name: str, item: Any) -> bool:
        """Add an item to a property that is a list; return whether it was missing."""
        component = self.components[component_id]
        items = component.properties.get(name, ())
        if item in items:
            return False
        self.put(component_id, name, (*items, item))
        most = _most_items(component.type, name)
        if most is not None and len(items) == most:
            self.overfull.append((component_id, name, most))
        return True

    def subnets_of(self, component: Component) -> tuple[Component, ...]:
        """Return the subnets that a component stands in; none if it stands in no network."""
        one = component.properties.get("subnet")
        named = (one,) if one else component.properties.get("subnets", ())
        return tuple(self.components[subnet.component] for subnet in named)

    def network_of(self, component: Component) -> Component | None:
        """Return the network that a component stands in."""
        for subnet in self.subnets_of(component):
            return self.components[subnet.properties["network"].component]
        return None

    def not_managed(self, component_id: str, what: str) -> Problem:
        """Tell that something must be done where an existing component is managed."""
        message = f"{quoted(component_id)} is only looked up, so it is not given {what} from here."
        fix = f"Give it {what} where it is managed, or name one that this document makes."
        return Problem.warning((), message, "not-managed", fix=fix)

    def others(self, named: str, *, sharing: Iterable[str]) -> tuple[str, ...]:
        """Return who else names a firewall or role, apart from those that share the right."""
        known = set(sharing)
        return tuple(sorted(user for user in self.users.get(named, ()) if user not in known))

    def sources(self, target: str) -> set[str]:
        """Return the components that have any relation to this one."""
        return {relation.source for relation in self.relations if relation.target == target}

    def targets(self, source: str) -> set[str]:
        """Return the components that this one has any relation to."""
        return {relation.target for relation in self.relations if relation.source == source}


def _guards_and_role(component: Component) -> Iterable[Ref]:
    yield from component.properties.get("firewalls", ())
    role = component.properties.get("role")
    if isinstance(role, Ref):
        yield role


@cache
def _most_items(type_name: str, name: str) -> int | None:
    """Return how long a list of a type may be; None where its schema sets no limit."""
    rule = component_types.get(type_name).schema["properties"].get(name, {})
    most: int | None = rule.get("maxItems")
    return most
