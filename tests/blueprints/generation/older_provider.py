"""Fits a stack to the AWS provider 3.39, the newest one that runs without internet.

It judges what it knows and no more: what came after 2021 is left out, with all that cannot stand
without it. Nothing is written differently, or it would not be our code that is judged. What was
left out is returned, so that a test can say how much that is.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from blueprints.generation.ir import (
    Address,
    Block,
    Node,
    Provider,
    Reference,
    Stack,
    Value,
    references,
)
from tests.blueprints.generation.terraform import PROVIDER_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What its lists of 2021 lack, by argument. Each is compared with today's lists in test_words.py.
NEWER_WORDS: Mapping[tuple[str, str], tuple[Value, ...]] = {
    ("aws_eks_node_group", "ami_type"): ("AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD"),
    ("aws_eks_node_group", "min_size"): (0,),  # a group may be empty since then
    ("aws_eks_node_group", "desired_size"): (0,),
    ("aws_elasticache_replication_group", "engine"): ("valkey",),
    ("aws_lambda_function", "runtime"): (
        "provided.al2023",
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
        "nodejs20.x",
        "nodejs22.x",
        "nodejs24.x",
        "java17",
        "java21",
        "java25",
        "dotnet8",
        "dotnet10",
        "ruby3.3",
        "ruby3.4",
    ),
    ("aws_s3_bucket_ownership_controls", "object_ownership"): ("BucketOwnerEnforced",),
}
# Arguments without which a resource would be another thing: it goes with them.
DECISIVE = {
    "aws_eip": {"domain"},  # what it says was said by another argument
    "aws_route": {"gateway_id", "nat_gateway_id"},
    "aws_security_group_rule": {"source_security_group_id"},
}
# Types of other providers, which are served beside it.
SERVED = ("random_",)


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What is left of a stack.

    Attributes:
        stack: the stack without what the provider does not know.
        nodes: the nodes that were left out.
        arguments: the arguments and blocks that were left out of nodes that stayed, each as
            ``type.argument``.
    """

    stack: Stack
    nodes: frozenset[Address]
    arguments: frozenset[str]


def fit(stack: Stack, schema: Mapping[str, Any]) -> Fitted:
    """Leave out of a stack what 3.39 does not know.

    Args:
        stack: any stack.
        schema: what the provider says of itself.
    """
    fitting = _Fitting(schema)
    kept = fitting.without_what_needs(stack.nodes)
    gone = frozenset({n.address for n in stack.nodes} - {n.address for n in kept})
    return Fitted(
        dataclasses.replace(
            stack,
            nodes=kept,
            outputs=tuple(o for o in stack.outputs if not fitting.is_unknown(o.value)),
            providers=tuple(map(_pinned, stack.providers)),
        ),
        gone,
        frozenset(fitting.left_out),
    )


def _pinned(provider: Provider) -> Provider:
    is_older = provider.name == "aws"
    return dataclasses.replace(provider, version=PROVIDER_VERSION) if is_older else provider


class _Fitting:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._gone: set[Address] = set()
        self.left_out: set[str] = set()

    def without_what_needs(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Return the nodes that can stand, until no further one falls with those that cannot."""
        while True:
            self.left_out.clear()
            kept = tuple(fitted for node in nodes if (fitted := self._node(node)))
            gone = {node.address for node in nodes} - {node.address for node in kept}
            if gone == self._gone:
                return tuple(self._waiting(node) for node in kept)
            self._gone = gone

    def _waiting(self, node: Node) -> Node:
        kept = tuple(address for address in node.depends_on if address not in self._gone)
        ignored = tuple(path for path in node.ignore_changes if self._knows(node, path))
        return dataclasses.replace(node, depends_on=kept, ignore_changes=ignored)

    def _knows(self, node: Node, path: str) -> bool:
        body = self._body(node.address) or {}
        first = path.partition("[")[0]
        return first in {**body.get("attributes", {}), **body.get("block_types", {})}

    def _node(self, node: Node) -> Node | None:
        if node.address.type.startswith(SERVED):
            return node
        schema = self._body(node.address)
        whole = Block("", node.arguments, node.blocks)
        made = schema and self._block(node.address.type, whole, schema)
        if not made:
            return None
        return dataclasses.replace(node, arguments=made.arguments, blocks=made.blocks)

    def _body(self, address: Address) -> Mapping[str, Any] | None:
        kind = "resource_schemas" if address.kind == "resource" else "data_source_schemas"
        found = self._schema[kind].get(address.type)
        return found["block"] if found else None

    def _block(self, kind: str, block: Block, schema: Mapping[str, Any]) -> Block | None:
        """Return a block without what is not known; None if nothing is left that could stand."""
        known, known_blocks = _settable(schema), schema.get("block_types", {})
        arguments = {
            name: value
            for name, value in block.arguments.items()
            if name in known and not self.is_unknown(value) and not _is_newer(kind, name, value)
        }
        blocks = {
            index: self._block(kind, below, known_blocks[below.type]["block"])
            for index, below in enumerate(block.blocks)
            if below.type in known_blocks
        }
        stays = tuple(below for below in blocks.values() if below)
        present = {*arguments, *(below.type for below in stays)}
        decisive = DECISIVE.get(kind, set()) & block.arguments.keys()
        if not {*_required(schema), *decisive} <= present:
            return None
        self.left_out |= {f"{kind}.{name}" for name in block.arguments.keys() - arguments.keys()}
        without = (b.type for index, b in enumerate(block.blocks) if not blocks.get(index))
        self.left_out |= {f"{kind}.{type_}" for type_ in without}
        return Block(block.type, arguments, stays)

    def is_unknown(self, value: Value) -> bool:
        """Whether a value refers to a node that is gone, or to an attribute that came later."""
        return any(isinstance(r, Reference) and self._is_unknown(r) for r in references(value))

    def _is_unknown(self, reference: Reference) -> bool:
        if reference.target in self._gone:
            return True
        schema = self._body(reference.target)
        if schema is None:
            return not reference.target.type.startswith(SERVED)
        return bool(reference.path) and reference.path[0] not in schema["attributes"]


def _is_newer(kind: str, name: str, value: Value) -> bool:
    return value in NEWER_WORDS.get((kind, name), ())


def _settable(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("attributes", {}).items()
    return {name for name, a in found if a.get("optional") or a.get("required")}


def _required(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (n for n, a in schema.get("attributes", {}).items() if a.get("required"))
    yield from (n for n, b in schema.get("block_types", {}).items() if b.get("min_items"))
