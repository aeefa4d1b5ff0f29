"""Repeated components: every resource of one is made for each key, and referred to by key."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from blueprints.catalog.documents import Var
from blueprints.generation.clouds.aws.mapping import Context, value
from blueprints.generation.ir import (
    Collected,
    Node,
    Output,
    Reference,
    Repetition,
    Value,
    VariableReference,
    edges,
    replaced,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprints.catalog.documents import Repeat

_KEYS: dict[str, VariableReference | int] = {
    "when": 0,
    "count": VariableReference("index", scope="count"),
    "for_each": VariableReference("key", scope="each"),
}


def apply_repetition(
    nodes: Iterable[Node], outputs: Iterable[Output], context: Context
) -> tuple[tuple[Node, ...], tuple[Output, ...]]:
    """Repeat the resources of components that are repeated, and say which one is referred to."""
    repeats = {each.id: each.repeat for each in context.document.components if each.repeat}
    if not repeats:
        return tuple(nodes), tuple(outputs)
    return (
        tuple(_node(node, repeats, context) for node in nodes),
        tuple(_output(output, repeats) for output in outputs),
    )


def _node(node: Node, repeats: dict[str, Repeat], context: Context) -> Node:
    own = repeats.get(node.address.component)
    if own is None and not any(target.component in repeats for target in edges(node)):
        return node

    def turn(reference: Reference) -> Value:
        repeat = repeats.get(reference.target.component)
        if repeat is None:
            return reference
        if repeat == own:
            return dataclasses.replace(reference, key=_KEYS[repeat.kind])
        return Collected(reference, "list", keyed=repeat.kind == "for_each")

    return dataclasses.replace(
        node,
        arguments={name: replaced(given, turn) for name, given in node.arguments.items()},
        blocks=tuple(block.replaced(turn) for block in node.blocks),
        repetition=_repetition(own, context) if own else None,
    )


def _repetition(repeat: Repeat, context: Context) -> Repetition:
    is_list = isinstance(repeat.value, tuple)
    if isinstance(repeat.value, Var):
        variable = context.document.variables[repeat.value.name]
        found = variable.value_type.at(repeat.value.path)
        is_list = found is not None and found.kind == "list"
    return Repetition(repeat.kind, value(repeat.value, context), is_list)


def _output(output: Output, repeats: dict[str, Repeat]) -> Output:
    found = output.value
    repeat = repeats.get(found.target.component) if isinstance(found, Reference) else None
    if repeat is None or not isinstance(found, Reference):
        return output
    shape = {"when": "one", "count": "list", "for_each": "map"}[repeat.kind]
    return dataclasses.replace(output, value=Collected(found, shape, keyed=shape == "map"))
