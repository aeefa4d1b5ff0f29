"""A valid document as frozen, typed values: what generators, policies and prices work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types

from .graph import build_order
from .value_types import UNCONSTRAINED, Constraints, ValueType

if TYPE_CHECKING:
    from blueprints.catalog.problems import Problem

    from .errors import Review
    from .expressions import Expression


#: arn:partition:iam::account:role/name
_ACCOUNT_OF_ARN = 4


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often a component stands.

    Attributes:
        kind: ``when``, ``count`` or ``for_each``.
        value: a switch, a number, keys or values by key, or the :class:`Var` that holds it.
    """

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments and nested blocks of a resource, in its provider's own words.

    Attributes:
        arguments: by name.
        blocks: type and content of each nested block, in order.
    """

    arguments: Mapping[str, Any]
    blocks: tuple[tuple[str, Arguments], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What it says something about, each once."""
        return tuple(dict.fromkeys((*self.arguments, *(name for name, _ in self.blocks))))


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How later plans treat a component.

    Attributes:
        prevent_destroy: whether a plan that would destroy its main resource fails.
        ignore_changes: for each resource type, the arguments that may differ from the document.
    """

    prevent_destroy: bool = False
    ignore_changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Existing:
    """How a component is found that the document does not make.

    Attributes:
        found_by: ``id``, ``name`` or ``tags``.
        value: the id or name, or the values of tags by their names.
    """

    found_by: str
    value: Any


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the state of what is built is kept.

    Attributes:
        name: one of ``backends.SETTINGS``.
        settings: by name; those that are missing are given at ``terraform init``.
    """

    name: str
    settings: Mapping[str, str | bool]


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """Where a secret is that nobody gives.

    Attributes:
        store: one of ``stores.STORES``.
        settings: what says where it is in the store, by name.
        revision: another one for each change of the secret that is to be taken over.
    """

    store: str
    settings: Mapping[str, str]
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that is given anew each time the blueprint is deployed.

    Attributes:
        name: as documents use it in ``{"var": "name"}``.
        type: ``string``, ``number``, ``boolean``, ``list``, ``map`` or ``object``.
        description: for the people who fill it in.
        default: its value when none is given; None if one must be, or if that is null.
        secret: whether it must be kept out of code, logs and plain outputs.
        element: what a list or map holds.
        attributes: what an object has, by name.
        nullable: whether it may be null, which leaves out what it stands for.
        constraints: what its values must satisfy.
        stored: where its value is read, if nobody gives it.
    """

    name: str
    type: str
    description: str = ""
    default: Any = None
    secret: bool = False
    element: ValueType | None = None
    attributes: Mapping[str, ValueType] = field(default_factory=dict)
    nullable: bool = False
    constraints: Constraints = UNCONSTRAINED
    stored: StoredSecret | None = None

    @property
    def value_type(self) -> ValueType:
        """The type of its values."""
        return ValueType(self.type, self.element, self.attributes)

    def default_at(self, path: tuple[str, ...]) -> Any:
        """Return the default of an attribute of the object that it holds; None if it has none."""
        found = self.default
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    @property
    def is_required(self) -> bool:
        """Whether each deployment must give a value."""
        return self.default is None and not self.nullable and self.stored is None


@dataclass(frozen=True, slots=True)
class Provider:
    """Where components are made, and as whom.

    Attributes:
        region: the cloud's own name of the region, or of the one that it is checked for; None,
            in drafts alone, if that is not known.
        region_variable: the variable that decides the region; empty if the document does.
        assume_role: the role that is taken for it: a text, :class:`Var` or :class:`Join`; None
            for whoever runs the code.
    """

    region: str | None
    region_variable: str = ""
    assume_role: Any = None

    @property
    def account(self) -> object:
        """What tells its account from others: its number, if the role's ARN says it."""
        role = self.assume_role
        return role.split(":")[_ACCOUNT_OF_ARN] if isinstance(role, str) else role

    @property
    def place(self) -> str:
        """The region for people, and what decides it."""
        decided = f" by variable {self.region_variable}" if self.region_variable else ""
        return f"{self.region}{decided}"


@dataclass(frozen=True, slots=True)
class Component:
    """One building block.

    Attributes:
        id: unique in the document.
        type: the name of its component type.
        name: what people call it; its id unless given.
        properties: with defaults filled in. Objects are read-only mappings, lists are tuples,
            and expressions are :class:`Ref`, :class:`Var` and :class:`Join`.
        tags: labels that the cloud keeps with it; their values are texts, :class:`Var` or
            :class:`Join`.
        overrides: for each resource type, what its provider is told beyond the properties.
        lifecycle: how later plans treat it.
        existing: how it is found, if the document does not make it. Its properties are then
            what its author states of it, and its type's defaults.
        moved_from: ids that it had before, the oldest first.
        repeat: how often it stands, if not once.
        comment: why it is as it is, for readers of the code.
        provider: the name of the provider that makes it; empty for the document's own.
        within: the identities of the modules that it lies in, the outermost first.
    """

    id: str
    type: str
    name: str
    properties: Mapping[str, Any]
    tags: Mapping[str, Any]
    overrides: Mapping[str, Arguments] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    existing: Existing | None = None
    moved_from: tuple[str, ...] = ()
    repeat: Repeat | None = None
    comment: str = ""
    provider: str = ""
    within: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """The first id that it had: what it is called in the cloud, for as long as it lives."""
        return self.moved_from[0] if self.moved_from else self.id

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
        ports: where the target listens, if its type does not say so: of machines.
    """

    source: str
    target: str
    type: str
    description: str = ""
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class Document:
    """A valid document.

    Attributes:
        cloud: ``aws``, ``azure`` or ``google``.
        providers: by name; that of the empty name makes what names no other.
        variables: by name.
        components: those that the document makes, in its order.
        existing: those that it only looks up.
        secret_outputs: the outputs that may show a secret.
        relations: in the document's order.
        outputs: by name, what the deployment tells at its end.
        dependencies: for each component's id, the ids of the components that are built
            before it: those it refers to and those it ``depends_on``. Existing ones are not
            among them.
        review: the warnings about it.
        tags: labels that the cloud keeps with everything.
        environments: the values of variables, by environment.
        backend: where the state is kept, if the document says so.
    """

    cloud: str
    providers: Mapping[str, Provider]
    variables: Mapping[str, Variable]
    components: tuple[Component, ...]
    relations: tuple[Relation, ...]
    outputs: Mapping[str, Expression]
    dependencies: Mapping[str, tuple[str, ...]] = field(repr=False)
    review: Review = field(repr=False)
    existing: tuple[Component, ...] = ()
    secret_outputs: frozenset[str] = frozenset()
    tags: Mapping[str, Any] = field(default_factory=dict)
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    backend: Backend | None = None

    @property
    def region(self) -> str:
        """The region of what names no provider."""
        return self.providers[""].region or ""

    @property
    def region_variables(self) -> frozenset[str]:
        """The variables that decide regions."""
        return frozenset(each.region_variable for each in self.providers.values()) - {""}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What its author should know; the first 100."""
        return self.review.problems

    @cached_property
    def _by_id(self) -> dict[str, Component]:
        return {component.id: component for component in (*self.components, *self.existing)}

    def component(self, component_id: str) -> Component:
        """Return the component of that id, existing or not; raises KeyError if there is none."""
        return self._by_id[component_id]

    def of_type(self, *types: str) -> tuple[Component, ...]:
        """Return the components of these types that the document makes, in its order."""
        if len(types) == 1:
            return self._by_type.get(types[0], ())
        return tuple(component for component in self.components if component.type in types)

    @cached_property
    def _by_type(self) -> dict[str, tuple[Component, ...]]:
        found: dict[str, list[Component]] = {}
        for component in self.components:
            found.setdefault(component.type, []).append(component)
        return {name: tuple(members) for name, members in found.items()}

    @cached_property
    def build_order(self) -> tuple[Component, ...]:
        """The components, each after all it depends on, otherwise in the document's order."""
        return tuple(self._by_id[name] for name in build_order(self.dependencies))
