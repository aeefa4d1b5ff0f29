"""Which outputs show secrets: Terraform refuses a plain output of what a secret flows into."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING

from blueprints.generation.ir import Reference, block_values, references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from blueprints.generation.ir import Address, Node, Output, Value, VariableReference

    Place = tuple[Address, str]

#: Stands for every attribute of a node.
_ALL = ""


def hide_secrets(
    nodes: Iterable[Node],
    outputs: Iterable[Output],
    *,
    is_secret: Callable[[Reference | VariableReference], bool],
    is_opaque: Callable[[Address], bool],
) -> tuple[Output, ...]:
    """Mark outputs as sensitive that show a secret, wherever it came from.

    Args:
        nodes: all of the stack.
        outputs: all of the stack.
        is_secret: whether what is referred to is a secret in itself.
        is_opaque: whether nothing is known of how a node makes its attributes of its arguments,
            so that each attribute may show any of them.
    """
    holding = _holding(nodes, is_secret, is_opaque)

    def shows(reference: Reference | VariableReference) -> bool:
        return is_secret(reference) or (
            isinstance(reference, Reference)
            and not holding.isdisjoint({(reference.target, _ALL), _place(reference)})
        )

    return tuple(
        dataclasses.replace(output, sensitive=True)
        if any(shows(reference) for reference in references(output.value))
        else output
        for output in outputs
    )


def _holding(
    nodes: Iterable[Node],
    is_secret: Callable[[Reference | VariableReference], bool],
    is_opaque: Callable[[Address], bool],
) -> set[Place]:
    """Return the attributes that a secret flows into, along any number of references."""
    users: dict[Address, list[tuple[str, Place]]] = defaultdict(list)
    waiting: list[Place] = []
    for node in nodes:
        for name, value in _named_values(node):
            place = (node.address, _ALL if is_opaque(node.address) else name)
            for reference in references(value):
                if is_secret(reference):
                    waiting.append(place)
                elif isinstance(reference, Reference):
                    users[reference.target].append((_place(reference)[1], place))
    found: set[Place] = set()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            address, name = place
            waiting += [user for read, user in users[address] if name in {_ALL, read}]
    return found


def _place(reference: Reference) -> Place:
    return reference.target, str(reference.path[0]) if reference.path else _ALL


def _named_values(node: Node) -> Iterator[tuple[str, Value]]:
    """Yield what stands in a node, each value with the argument or block it belongs to."""
    yield from node.arguments.items()
    for block in node.blocks:
        for value in block_values(block.arguments, block.blocks):
            yield block.type, value
