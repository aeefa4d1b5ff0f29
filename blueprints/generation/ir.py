"""The intermediate representation: what a blueprint becomes before any format is written.

A stack is a graph. Resources and data sources are its nodes; a reference is a value object
that names another node and one of its attributes, never a piece of text, so a writer can
render it in its own syntax and nobody can smuggle one in through a string.

The vocabulary of types and arguments is that of the Terraform providers, the most widely
published one: a writer for another format brings a table from it to its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from blueprints.catalog.documents.value_types import UNCONSTRAINED, Constraints, ValueType

if TYPE_CHECKING:
    from blueprints.catalog.documents import Backend

#: Whether a node is made by the stack, looked up, looked up each time and never kept, or a stack
#: within this one.
NodeKind: TypeAlias = Literal["resource", "data", "ephemeral", "module"]


class DuplicateNode(Exception):
    """Two nodes of one stack have the same address: a mapping's mistake, never a user's."""


@dataclass(frozen=True, slots=True)
class Address:
    """Names one resource, data source, ephemeral resource or module of a stack.

    Attributes:
        kind: whether it is made, looked up, looked up and never kept, or a module.
        type: the provider's type, such as ``aws_instance``; of a module, the provider itself.
        component: the id of the blueprint's component that it comes from.
        part: tells several nodes of one type and component apart; empty for the main one.
    """

    kind: NodeKind
    type: str
    component: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute of another node: the edge of the graph.

    Attributes:
        target: the node referred to.
        path: the attribute, then keys or indices into it, such as ``("names", 0)``.
        key: which one, of a node that is repeated.
    """

    target: Address
    path: tuple[str | int, ...]
    key: VariableReference | int | None = None


@dataclass(frozen=True, slots=True)
class VariableReference:
    """The value that a variable will have when the stack is planned.

    Attributes:
        name: the variable's name.
        own: whether the generator made the variable up, rather than the document's author.
        path: the attributes that lead to the value in the object that it holds.
        scope: what has the name: a variable, a local value, or the instance of a repeated node.
    """

    name: str
    own: bool = False
    path: tuple[str, ...] = ()
    scope: Literal["var", "local", "each", "count"] = "var"


@dataclass(frozen=True, slots=True)
class Collected:
    """An attribute of all instances of a repeated node.

    Attributes:
        reference: the node and the attribute.
        shape: ``list``, ``map`` by key, or ``one``, which is null if there is none.
        keyed: whether the instances have keys.
    """

    reference: Reference
    shape: str
    keyed: bool


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often a node is made.

    Attributes:
        kind: ``when``, ``count`` or ``for_each``.
        value: a switch, a number, or keys or values by key.
        is_list: whether keys alone are given.
    """

    kind: str
    value: Value
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """Text joined from literal parts and references, in order."""

    parts: tuple[str | Reference | VariableReference, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a table says about a value known later.

    Attributes:
        table: what it says, by the value as text.
        key: the value.
        otherwise: what holds for all others; None for the value itself.
    """

    table: Mapping[str, str]
    key: VariableReference | Reference
    otherwise: Template | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A value if a list known later holds it, otherwise another one."""

    value: Value
    found: Reference
    otherwise: Reference


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object that is read as JSON text."""

    text: Reference
    name: str


@dataclass(frozen=True, slots=True)
class Json:
    """A value that the cloud expects as JSON text, such as a policy."""

    value: Value


@dataclass(frozen=True, slots=True)
class Base64:
    """Text that the cloud expects in base64, such as an instance's user data."""

    value: Value


@dataclass(frozen=True, slots=True)
class Null:
    """What is said to have no value, where leaving it out would not do."""


Value: TypeAlias = (
    str
    | int
    | float
    | bool
    | Reference
    | VariableReference
    | Collected
    | Template
    | Lookup
    | Listed
    | Member
    | Json
    | Base64
    | Null
    | tuple["Value", ...]
    | Mapping[str, "Value"]
)


@dataclass(frozen=True, slots=True)
class Block:
    """A nested block, which providers tell apart from an argument that holds a map."""

    type: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    def replaced(self, turn: Callable[[Reference], Value]) -> Block:
        """Return the block with every reference to a node put through a function."""
        arguments = {name: replaced(value, turn) for name, value in self.arguments.items()}
        return Block(self.type, arguments, tuple(block.replaced(turn) for block in self.blocks))


@dataclass(frozen=True, slots=True)
class Node:
    """A resource to be made, a data source to be read, or a module to be used.

    Attributes:
        address: kind, type and name, unique in a stack.
        category: the family it belongs to, such as ``network``; a writer may file by it.
        arguments: in the order in which a reader wants them; of a module, values of its stack's
            variables by their names.
        blocks: nested blocks, in order.
        depends_on: nodes that must exist first though no argument refers to them.
        waits_for: nodes that should exist first, except those that need this one themselves.
        ignore_changes: arguments that may differ later without being put back, as Terraform
            writes paths: ``scaling_config[0].desired_size``.
        create_before_destroy: whether a replacement is made before the old one goes.
        prevent_destroy: whether a plan that would destroy it fails.
        comments: lines that a reader should see above it.
        repetition: how often it is made, if not once.
        provider: the alias of the provider that makes or reads it; empty for the one without.
        former: addresses that it had before, the oldest first, so that no format takes it for
            another node: a writer moves it, or calls it by the oldest for ever.
    """

    address: Address
    category: str = ""
    arguments: Mapping[str, Value] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    depends_on: tuple[Address, ...] = ()
    waits_for: tuple[Address, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    create_before_destroy: bool = False
    prevent_destroy: bool = False
    comments: tuple[str, ...] = ()
    former: tuple[Address, ...] = ()
    repetition: Repetition | None = None
    provider: str = ""

    def attribute(self, *path: str | int) -> Reference:
        """Refer to an attribute of this node."""
        return Reference(self.address, path)


@dataclass(frozen=True, slots=True)
class Variable:
    """An input of the stack.

    Attributes:
        default: the value without any other; ``None`` means that one must be given, unless it
            may be null.
        sensitive: a secret: it has no default and is never shown.
        own: whether the generator made it up, rather than the document's author.
        pattern: a regular expression that a value of an own variable must match.
        forbidden: one that it must not match.
        rule: the same in words, a whole sentence.
        constraints: what a value must satisfy.
        nullable: whether it may be null; None leaves that open.
        key_pattern: what keys that it holds must match: elements, or the names of members.
        key_paths: the attributes that lead to what holds keys.
    """

    name: str
    type: ValueType
    description: str = ""
    default: Value | None = None
    sensitive: bool = False
    own: bool = False
    pattern: str = ""
    forbidden: str = ""
    rule: str = ""
    constraints: Constraints = UNCONSTRAINED
    nullable: bool | None = None
    key_pattern: str = ""
    key_paths: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A value that the stack reports after it was applied."""

    name: str
    value: Value
    description: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """The cloud's plug-in: where it comes from, which versions, and how it is set up.

    Attributes:
        alias: tells several set-ups of one plug-in apart; empty for what names none.
    """

    name: str
    source: str
    version: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """All that one blueprint version becomes in one cloud.

    Attributes:
        environments: the values of variables, by environment.
        backend: where the state is kept, if the document says so.
        locals: secret values that nodes refer to by name.
        modules: the stacks of its modules, by component.
    """

    providers: tuple[Provider, ...]
    variables: tuple[Variable, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    environments: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    backend: Backend | None = None
    locals: Mapping[str, Value] = field(default_factory=dict)
    modules: Mapping[str, Stack] = field(default_factory=dict)

    def all_nodes(self) -> Iterator[Node]:
        """Yield the nodes, those of modules too."""
        yield from self.nodes
        for module in self.modules.values():
            yield from module.all_nodes()

    def __post_init__(self) -> None:
        seen: set[Address] = set()
        for node in self.nodes:
            if node.address in seen:
                raise DuplicateNode(f"{node.address} is in the stack twice.")
            seen.add(node.address)


def references(  # noqa: C901 - one case for each kind of value
    value: Value,
) -> Iterator[Reference | VariableReference]:
    """Yield every reference inside a value, in order."""
    match value:
        case Reference() | VariableReference():
            yield value
        case Template(parts=parts):
            yield from (part for part in parts if not isinstance(part, str))
        case Lookup(key=key, otherwise=otherwise):
            yield key
            if otherwise is not None:
                yield from references(otherwise)
        case Listed(value=inner, found=listing, otherwise=instead):
            yield from references(inner)
            yield from (listing, instead)
        case Collected(reference=reference) | Member(text=reference):
            yield reference
        case Json(value=inner) | Base64(value=inner):
            yield from references(inner)
        case tuple():
            for item in value:
                yield from references(item)
        case Mapping():
            for item in value.values():
                yield from references(item)
        case _:
            return


def replaced(  # noqa: PLR0911 - one return for each kind of value
    value: Value, turn: Callable[[Reference], Value]
) -> Value:
    """Return a value with every reference to a node in it put through a function."""
    match value:
        case Reference():
            return turn(value)
        case Template(parts=parts):
            turned = (turn(p) if isinstance(p, Reference) else p for p in parts)
            return Template(tuple(cast("str | Reference | VariableReference", p) for p in turned))
        case Lookup(table=table, key=key, otherwise=otherwise):
            found = turn(key) if isinstance(key, Reference) else key
            rest = None if otherwise is None else replaced(otherwise, turn)
            return Lookup(table, cast("Reference", found), cast("Template | None", rest))
        case Listed(value=inner, found=found, otherwise=otherwise):
            listing, instead = (cast("Reference", turn(each)) for each in (found, otherwise))
            return Listed(replaced(inner, turn), listing, instead)
        case Json(value=inner):
            return Json(replaced(inner, turn))
        case Base64(value=inner):
            return Base64(replaced(inner, turn))
        case tuple():
            return tuple(replaced(item, turn) for item in value)
        case Mapping():
            return {name: replaced(item, turn) for name, item in value.items()}
        case _:
            return value


def block_values(arguments: Mapping[str, Value], blocks: tuple[Block, ...]) -> Iterator[Value]:
    """Yield every argument's value, also those of nested blocks."""
    yield from arguments.values()
    for block in blocks:
        yield from block_values(block.arguments, block.blocks)


def edges(node: Node) -> Iterator[Address]:
    """Yield the nodes that this one refers to or waits for."""
    for value in block_values(node.arguments, node.blocks):
        for reference in references(value):
            if isinstance(reference, Reference):
                yield reference.target
    yield from node.depends_on
