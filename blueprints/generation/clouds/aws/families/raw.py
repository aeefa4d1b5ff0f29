"""Resources in the provider's own words, as the document has them: nothing is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from blueprints.catalog import provider_schemas
from blueprints.generation.clouds.aws.adjustments import blocks, values
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    labels,
    reference,
    resource,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Reference, Value


def raw(component: Component, context: Context) -> Iterator[Node]:
    """Build the one resource."""
    given = component.properties["arguments"]
    resource_type = component.properties["resource"]
    arguments = values(given, context)
    tagged = _tags(resource_type, component, arguments)
    yield resource(resource_type, component, {**arguments, **tagged}, blocks(given, context))


def _tags(
    resource_type: str, component: Component, arguments: Mapping[str, Value]
) -> Mapping[str, Value]:
    """Add those of the module that it lies in, which no provider does, to those that it names."""
    body, own = provider_schemas.resource("aws", resource_type), arguments.get("tags", {})
    takes = component.tags and body is not None and "tags" in body.arguments
    return {"tags": {**labels(component.tags), **own}} if takes and isinstance(own, Mapping) else {}


def _attribute(component: Component, name: str) -> Reference:
    return reference(component.properties["resource"], component.id, name)


MAPPINGS = (TypeMapping("raw", "other", raw, {}, any_attribute=_attribute),)
