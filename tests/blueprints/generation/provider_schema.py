"""Checks nodes against a provider's published schema: existence, completeness, nesting, types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from blueprints.generation.ir import (
    Base64,
    Block,
    Json,
    Listed,
    Lookup,
    Node,
    NodeKind,
    Reference,
    Template,
    Value,
    block_values,
    references,
)

DATA = Path(__file__).parent / "data" / "aws-provider-schema.json"

# Every resource can be read by its id, whether or not the reduced schema lists it.
_ALWAYS_READABLE = frozenset({"id"})
_TEXT = (str, Template, Json, Base64, Lookup, Listed)
# What Terraform converts by itself: a number or switch into text, never text into those.
_ACCEPTED: Mapping[str, tuple[type, ...]] = {
    "string": (*_TEXT, int, float, bool),
    "number": (int, float),
    "boolean": (bool,),
    "list": (tuple,),
    "set": (tuple,),
    "list(object)": (tuple,),
    "set(object)": (tuple,),
    "map": (Mapping,),
}


@cache
def published() -> Mapping[NodeKind, Mapping[str, Any]]:
    """Read the reduced schemas: types with arguments, blocks and what is only read, by kind."""
    content = json.loads(DATA.read_text())
    return {"resource": content["resources"], "data": content["data"]}


def versions() -> Mapping[str, str]:
    """Return the versions of the providers that the schema was read from, by source."""
    found: Mapping[str, str] = json.loads(DATA.read_text())["providers"]
    return found


def problems(node: Node) -> Iterator[str]:
    """Yield what the provider would object to in a resource."""
    schema = published()[node.address.kind].get(node.address.type)
    if schema is None:
        yield f"{node.address.type} is no resource type"
        return
    label = f"{node.address.type}.{node.address.component}"
    yield from _body(label, node.arguments, node.blocks, schema)
    for path in node.ignore_changes:
        if not _has(path, schema):
            yield f"{label} ignores {path}, which it does not have"


def _has(path: str, schema: Mapping[str, Any]) -> bool:
    first, _, rest = path.partition("[0].")
    if not rest:
        return first in schema["attributes"]
    return first in schema["blocks"] and _has(rest, schema["blocks"][first])


def reference_problems(node: Node) -> Iterator[str]:
    """Yield references to attributes that their targets do not have."""
    for value in block_values(node.arguments, node.blocks):
        for reference in references(value):
            if isinstance(reference, Reference):
                yield from reference_problem(reference)


def reference_problem(reference: Reference) -> Iterator[str]:
    """Yield what is wrong with one reference, if anything."""
    schema = published()[reference.target.kind][reference.target.type]
    blocks = schema["blocks"]
    readable = {*schema["attributes"], *schema["computed"], *blocks, *_ALWAYS_READABLE}
    if reference.path[0] not in readable:
        yield f"{reference.target.type} has no attribute {reference.path[0]}"


def _body(
    label: str,
    arguments: Mapping[str, Value],
    blocks: tuple[Block, ...],
    schema: Mapping[str, Any],
) -> Iterator[str]:
    for name, value in arguments.items():
        yield from _argument(f"{label}.{name}", name, value, schema)
    for name, attribute in schema["attributes"].items():
        if attribute[1] and name not in arguments:
            yield f"{label} lacks {name}"
    yield from _nesting(label, blocks, schema)


def _argument(label: str, name: str, value: Value, schema: Mapping[str, Any]) -> Iterator[str]:
    if name in schema["blocks"]:
        yield f"{label} is a block, not an argument"
    elif name not in schema["attributes"]:
        only_read = name in schema.get("computed", ())
        yield f"{label} can only be read" if only_read else f"{label} does not exist"
    else:
        kind = schema["attributes"][name][0]
        is_reference = isinstance(value, Lookup) or not isinstance(value, _ANY_LITERAL)
        wrong_switch = kind == "number" and isinstance(value, bool)
        if wrong_switch or not (is_reference or isinstance(value, _ACCEPTED[kind])):
            yield f"{label} is {type(value).__name__}, not {kind}"


_ANY_LITERAL = (*_TEXT, int, float, bool, tuple, Mapping)


def _nesting(label: str, blocks: tuple[Block, ...], schema: Mapping[str, Any]) -> Iterator[str]:
    counts = Counter(block.type for block in blocks)
    for name, below in schema["blocks"].items():
        if below["required"] and not counts[name]:
            yield f"{label} lacks block {name}"
        if below["nesting"] == "single" and counts[name] > 1:
            yield f"{label} has block {name} more than once"
    for block in blocks:
        if block.type in schema["attributes"]:
            yield f"{label}.{block.type} is an argument, not a block"
        elif block.type not in schema["blocks"]:
            yield f"{label}.{block.type} does not exist"
        else:
            inner = schema["blocks"][block.type]
            yield from _body(f"{label}.{block.type}", block.arguments, block.blocks, inner)
