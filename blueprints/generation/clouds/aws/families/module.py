"""Modules: what another blueprint becomes, as one node with a stack of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws.mapping import Context, TypeMapping, value
from blueprints.generation.ir import Address, Node, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Value


def module(component: Component, context: Context) -> Iterator[Node]:
    """Use the module, with its inputs and the region where its blueprint asks for it."""
    arguments = {
        name: value(given, context) for name, given in component.properties["inputs"].items()
    }
    decides = component.properties["document"].providers[""].region_variable
    if decides:
        arguments[decides] = context.region()
    comments = (component.comment,) if component.comment else ()
    yield Node(_address(component), arguments=arguments, comments=comments)


def _address(component: Component) -> Address:
    return Address("module", "aws", component.id)


def _attribute(component: Component, name: str) -> Value:
    return Reference(_address(component), (name,))


MAPPINGS = (TypeMapping("module", "modules", module, {}, any_attribute=_attribute),)
