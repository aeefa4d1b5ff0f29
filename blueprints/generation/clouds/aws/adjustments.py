"""What components say in the provider's words, put on the resources that they became."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from blueprints.catalog import provider_schemas
from blueprints.catalog.documents.locked import SECURE
from blueprints.generation.clouds.aws.mapping import Context, value
from blueprints.generation.ir import Block

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprints.catalog.documents import Arguments, Component
    from blueprints.catalog.provider_schemas import Body
    from blueprints.generation.ir import Node, Value

CLOUD = "aws"


def with_overrides(node: Node, component: Component, context: Context, *, is_main: bool) -> Node:
    """Put a component's overrides and lifecycle on one of its resources."""
    if node.address.kind != "resource":
        return node
    lifecycle = component.lifecycle
    comment = (component.comment,) if is_main and component.comment else ()
    ignored = lifecycle.ignore_changes.get(node.address.type, ())
    return dataclasses.replace(
        _overridden(node, component, context, comment),
        ignore_changes=tuple(dict.fromkeys((*node.ignore_changes, *ignored))),
        prevent_destroy=node.prevent_destroy or (is_main and lifecycle.prevent_destroy),
    )


def _overridden(
    node: Node, component: Component, context: Context, comment: tuple[str, ...]
) -> Node:
    node = dataclasses.replace(node, comments=(*comment, *node.comments))
    given = component.overrides.get(node.address.type)
    body = provider_schemas.resource(CLOUD, node.address.type)
    if given is None or body is None or not given.names:
        return node
    return dataclasses.replace(
        node,
        arguments={**node.arguments, **values(given, context)},
        blocks=_merged(node.blocks, given, body, context),
        comments=(*node.comments, f"Overridden in the blueprint: {', '.join(given.names)}."),
    )


def values(given: Arguments, context: Context) -> Mapping[str, Value]:
    """Turn arguments into the representation."""
    return {name: value(source, context) for name, source in given.arguments.items()}


def blocks(given: Arguments, context: Context) -> tuple[Block, ...]:
    """Turn nested blocks into the representation."""
    return tuple(
        Block(name, values(inner, context), blocks(inner, context)) for name, inner in given.blocks
    )


def _merged(
    existing: tuple[Block, ...], given: Arguments, body: Body, context: Context
) -> tuple[Block, ...]:
    """Add blocks that may repeat, and merge those that may not into the one that is there."""
    merged = list(existing)
    for name, inner in given.blocks:
        added = Block(name, values(inner, context), blocks(inner, context))
        places = [index for index, block in enumerate(merged) if block.type == name]
        if not places or body.blocks[name].repeatable:
            merged.append(_secured(added, body.blocks[name]))
            continue
        old = merged[places[0]]
        below = _merged(old.blocks, inner, body.blocks[name], context)
        merged[places[0]] = Block(name, {**old.arguments, **added.arguments}, below)
    return tuple(merged)


def _secured(block: Block, body: Body) -> Block:
    """Protect a block that is added, as those that a component writes itself are protected."""
    protected = {name: held for name, held in SECURE.items() if name in body.arguments}
    inner = tuple(_secured(each, body.blocks[each.type]) for each in block.blocks)
    return Block(block.type, {**protected, **block.arguments}, inner)
