"""A valid document as frozen, typed values: what generators, policies and prices work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types

from .graph import build_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .problems import Problem, Review


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: to a component, or to an attribute that it will have once it exists.

    Attributes:
        component: the id of the component.
        attribute: the attribute's name, or None for the component itself.
    """

    component: str
    attribute: str | None = None

    @classmethod
    def read(cls, text: str) -> Ref:
        """Read ``component`` or ``component.attribute``."""
        component, _, attribute = text.partition(".")
        return cls(component, attribute or None)

    def __str__(self) -> str:
        return f"{self.component}.{self.attribute}" if self.attribute else self.component


@dataclass(frozen=True, slots=True)
class Var:
    """The use of a variable of the document."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that is given anew each time the blueprint is deployed.

    Attributes:
        name: as documents use it in ``{"var": "name"}``.
        type: ``string``, ``number``, ``boolean`` or ``list`` (of strings).
        description: for the people who fill it in.
        default: its value when none is given; None if one must be.
        secret: whether it must be kept out of code, logs and plain outputs.
    """

    name: str
    type: str
    description: str = ""
    default: str | int | float | bool | tuple[str, ...] | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """One building block.

    Attributes:
        id: unique in the document.
        type: the name of its component type.
        name: what people call it; its id unless given.
        properties: with defaults filled in. Objects are read-only mappings, lists are tuples,
            and expressions are :class:`Ref` and :class:`Var`.
        tags: labels that the cloud keeps with it.
    """

    id: str
    type: str
    name: str
    properties: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def component_type(self) -> component_types.ComponentType:
        """Its component type."""
        return component_types.get(self.type)


@dataclass(frozen=True, slots=True)
class Relation:
    """What one component has to do with another, beyond the references between them.

    Attributes:
        source: the id of the component that does it (``from`` in the document).
        target: the id of the component it is done to (``to``).
        type: one of ``component_types.base.RELATION_TYPES``.
        description: why, for people.
    """

    source: str
    target: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Document:
    """A valid document.

    Attributes:
        cloud: ``aws``, ``azure`` or ``google``.
        region: the cloud's own name of a region.
        variables: by name.
        components: in the document's order.
        relations: in the document's order.
        outputs: by name, what the deployment tells at its end.
        dependencies: for each component's id, the ids of the components that are built
            before it: those it refers to and those it ``depends_on``.
        review: the warnings about it.
    """

    cloud: str
    region: str
    variables: Mapping[str, Variable]
    components: tuple[Component, ...]
    relations: tuple[Relation, ...]
    outputs: Mapping[str, Ref | Var]
    dependencies: Mapping[str, tuple[str, ...]] = field(repr=False)
    review: Review = field(repr=False)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What its author should know; the first 100."""
        return self.review.problems

    @cached_property
    def _by_id(self) -> dict[str, Component]:
        return {component.id: component for component in self.components}

    def component(self, component_id: str) -> Component:
        """Return the component of that id; raises KeyError if there is none."""
        return self._by_id[component_id]

    def of_type(self, *types: str) -> tuple[Component, ...]:
        """Return the components of these types, in the document's order."""
        return tuple(component for component in self.components if component.type in types)

    @cached_property
    def build_order(self) -> tuple[Component, ...]:
        """The components, each after all it depends on, otherwise in the document's order."""
        return tuple(self._by_id[name] for name in build_order(self.dependencies))
