"""Fits a stack to the AWS provider 3.39, the newest one that runs without internet.

Only what that provider cannot know is changed: arguments that had other names, words that its
lists of 2021 lack, and types that came later, with all that depends on them. What is dropped
is returned, so that a test can say how much was left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from blueprints.generation.ir import (
    Address,
    Block,
    Json,
    Node,
    Output,
    Provider,
    Reference,
    Stack,
    Value,
    block_values,
    edges,
    references,
)
from tests.blueprints.generation.terraform import PROVIDER_VERSION

# Provider 4 and 5 gave these arguments the names on the left; before, they had those on the right.
RENAMED = {
    ("aws_db_instance", "db_name"): "name",
    ("aws_elasticache_replication_group", "description"): "replication_group_description",
    ("aws_eip", "domain"): "vpc",
    ("aws_sqs_queue", "url"): "id",
    ("aws_elasticache_replication_group", "num_cache_clusters"): "number_cache_clusters",
}
# Words that 3.39 refuses because AWS did not have them in 2021, and ones it takes instead.
OLDER_WORDS: Mapping[tuple[str, str], Value] = {
    ("aws_lambda_function", "runtime"): "python3.8",
    ("aws_eip", "domain"): True,
    ("aws_eks_node_group", "ami_type"): "AL2_x86_64",
    ("aws_eks_node_group", "desired_size"): 1,  # groups may be empty since then
    ("aws_eks_node_group", "min_size"): 1,
    ("aws_elasticache_replication_group", "engine"): "redis",
    ("aws_s3_bucket_ownership_controls", "object_ownership"): "BucketOwnerPreferred",
}
# Arguments that 3.39 demanded and later ones leave out.
ONCE_REQUIRED: Mapping[str, Mapping[str, Value]] = {"aws_ami": {"owners": ("self",)}}


def fit(stack: Stack, schema: Mapping[str, Any]) -> tuple[Stack, frozenset[Address]]:
    """Return the stack as 3.39 can take it, and the nodes that it cannot."""
    dropped = _dropped(stack, schema)
    nodes = tuple(_older_node(n, schema, dropped) for n in stack.nodes if n.address not in dropped)
    outputs = tuple(o for o in stack.outputs if not _mentions(o, dropped))
    providers = tuple(_pinned(p) for p in stack.providers if p.name == "aws")
    return dataclasses.replace(stack, nodes=nodes, outputs=outputs, providers=providers), dropped


def _pinned(provider: Provider) -> Provider:
    return dataclasses.replace(provider, version=PROVIDER_VERSION)


def _block_schema(address: Address, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind = "resource_schemas" if address.kind == "resource" else "data_source_schemas"
    found = schema[kind].get(address.type)
    return found["block"] if found else None


def _dropped(stack: Stack, schema: Mapping[str, Any]) -> frozenset[Address]:
    dropped = {n.address for n in stack.nodes if _block_schema(n.address, schema) is None}
    while True:
        also = {n.address for n in stack.nodes if dropped.intersection(_needs(n))} - dropped
        if not also:
            return frozenset(dropped)
        dropped |= also


def _needs(node: Node) -> set[Address]:
    """List what a node refers to; what it only waits for can go without it."""
    return set(edges(node)) - set(node.depends_on)


def _mentions(output: Output, dropped: frozenset[Address]) -> bool:
    found = references(output.value)
    return any(isinstance(r, Reference) and r.target in dropped for r in found)


def _older_node(node: Node, schema: Mapping[str, Any], dropped: frozenset[Address]) -> Node:
    block = _block_schema(node.address, schema)
    if block is None:
        raise LookupError(node.address)
    kind = node.address.type
    complete = {**ONCE_REQUIRED.get(kind, {}), **node.arguments}
    arguments, blocks = _older_body(kind, complete, node.blocks, block)
    waits_for = tuple(n for n in node.depends_on if n not in dropped)
    return dataclasses.replace(node, arguments=arguments, blocks=blocks, depends_on=waits_for)


def _older_body(
    kind: str,
    arguments: Mapping[str, Value],
    blocks: tuple[Block, ...],
    schema: Mapping[str, Any],
) -> tuple[dict[str, Value], tuple[Block, ...]]:
    known = schema.get("attributes", {})
    known_blocks = schema.get("block_types", {})
    renamed = {
        RENAMED.get((kind, name), name): OLDER_WORDS.get((kind, name), _older_value(value))
        for name, value in arguments.items()
    }
    kept = {name: value for name, value in renamed.items() if name in known}
    inner = []
    for block in blocks:
        if block.type in known_blocks:
            below = known_blocks[block.type]["block"]
            inner_arguments, deeper = _older_body(kind, block.arguments, block.blocks, below)
            inner.append(Block(block.type, inner_arguments, deeper))
    return kept, tuple(inner)


def _older_value(value: Value) -> Value:
    """Give attributes that are referred to the names that they had."""
    match value:
        case Reference(target=target, path=(str(first), *rest)):
            return Reference(target, (RENAMED.get((target.type, first), first), *rest))
        case Json(value=inner):
            return Json(_older_value(inner))
        case tuple():
            return tuple(_older_value(item) for item in value)
        case Mapping():
            return {name: _older_value(item) for name, item in value.items()}
        case _:
            return value


def arguments_of(stack: Stack) -> int:
    """Count the arguments of a stack's nodes, nested ones included."""
    return sum(len(list(block_values(node.arguments, node.blocks))) for node in stack.nodes)
