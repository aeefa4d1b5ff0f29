"""Resources in the provider's own words, as the document has them: nothing is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws.adjustments import blocks, values
from blueprints.generation.clouds.aws.mapping import Context, TypeMapping, reference, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Reference


def raw(component: Component, context: Context) -> Iterator[Node]:
    """Build the one resource."""
    given = component.properties["arguments"]
    resource_type = component.properties["resource"]
    yield resource(resource_type, component, values(given, context), blocks(given, context))


def _attribute(component: Component, name: str) -> Reference:
    return reference(component.properties["resource"], component.id, name)


MAPPINGS = (TypeMapping("raw", "other", raw, {}, any_attribute=_attribute),)
