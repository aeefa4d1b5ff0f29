"""The reduced schemas in the form of Terraform's plugin protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from tf.gen import tfplugin_pb2 as pb

from tests.blueprints.generation.provider_schema import DATA
from tests.blueprints.generation.schema_provider import facts

Body: TypeAlias = Mapping[str, Any]

_WRITE_ONLY = 11  # of Schema.Attribute
_SIMPLE = {"string": "string", "number": "number", "boolean": "bool"}
_NESTING = {
    "single": pb.Schema.NestedBlock.LIST,
    "list": pb.Schema.NestedBlock.LIST,
    "set": pb.Schema.NestedBlock.SET,
}
# How the providers are set up. Terraform asks for it, and the bindings have it in no usable form.
_TEXT = ("string", False)
CONFIGURATION: Mapping[str, Body] = {
    "aws": {
        "attributes": {"region": _TEXT, "access_key": _TEXT},
        "blocks": {
            "default_tags": {"nesting": "single", "attributes": {"tags": ("map", False)}},
            "assume_role": {"nesting": "single", "attributes": {"role_arn": _TEXT}},
        },
    },
    "random": {},
    "tls": {},
    "vault": {},
}


@cache
def data() -> Mapping[str, Any]:
    """Read the reduced schemas."""
    content: Mapping[str, Any] = json.loads(DATA.read_text())
    for type_, names in facts.FILLED.items():
        content["resources"][type_]["filled"] += names
    return content


def of_provider(kind: str, name: str) -> Mapping[str, Body]:
    """Return the types of one provider, ``resources`` or ``data``, by their name."""
    return {type_: body for type_, body in data()[kind].items() if type_.startswith(f"{name}_")}


def type_of(source: Any) -> Any:
    """Return how the protocol writes a type: text, or a list that holds types.

    Args:
        source: an entry of ``attributes``, or of ``computed``.
    """
    if isinstance(source, Mapping):
        return ["list", ["object", {name: type_of(below) for name, below in source.items()}]]
    name: str = source if isinstance(source, str) else source[0]
    if name in _SIMPLE:
        return _SIMPLE[name]
    collection, _, inner = name.partition("(")
    if inner:
        objects = {n: type_of(below) for n, below in source[2].items()}
        return [collection, ["object", objects]]
    return [collection, "string"]


def is_write_only(name: str) -> bool:
    """Whether an argument's value is written and never kept."""
    return name.endswith("_wo") and not name.startswith("has_")  # which says only that it was


def marked(attribute: pb.Schema.Attribute) -> pb.Schema.Attribute:
    """Mark an attribute as write-only, a member that the bindings do not know."""
    written: bytes = attribute.SerializeToString() + bytes([_WRITE_ONLY << 3, 1])
    return type(attribute).FromString(written)


def chosen_by_aws(body: Body) -> frozenset[str]:
    """Name the arguments and attributes that have a value though nobody gave one."""
    arguments = body["attributes"]
    from_prefixes = (name for name in arguments if f"{name}_prefix" in arguments)
    ids = ("id",) if "id" in arguments else ()
    return frozenset((*body.get("computed", ()), *body.get("filled", ()), *from_prefixes, *ids))


def schema(body: Body) -> pb.Schema:
    """Return a type's schema."""
    return pb.Schema(version=0, block=_block(body))


def _block(body: Body) -> pb.Schema.Block:
    return pb.Schema.Block(
        version=0, attributes=list(_attributes(body)), block_types=list(_nested(body))
    )


def _attributes(body: Body) -> Iterator[pb.Schema.Attribute]:
    chosen = chosen_by_aws(body) if "attributes" in body else frozenset()
    for name, attribute in body.get("attributes", {}).items():
        shown = pb.Schema.Attribute(
            name=name,
            type=json.dumps(type_of(attribute)).encode(),
            required=attribute[1],
            optional=not attribute[1],
            computed=not attribute[1] and name in chosen,
            sensitive=is_write_only(name),
        )
        yield marked(shown) if is_write_only(name) else shown
    for name, type_ in body.get("computed", {}).items():
        yield pb.Schema.Attribute(
            name=name, type=json.dumps(type_of(type_)).encode(), computed=True
        )


def _nested(body: Body) -> Iterator[pb.Schema.NestedBlock]:
    for name, below in body.get("blocks", {}).items():
        is_timeouts = name == "timeouts"
        yield pb.Schema.NestedBlock(
            type_name=name,
            block=_block(below),
            nesting=pb.Schema.NestedBlock.SINGLE if is_timeouts else _NESTING[below["nesting"]],
            min_items=int(below.get("required", False) and not is_timeouts),
            max_items=int(below["nesting"] == "single" and not is_timeouts),
        )
