"""What references to a component may name: its type says it, or its provider's schema."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types, provider_schemas
from blueprints.catalog.component_types import Attribute
from blueprints.catalog.component_types.existing import EXISTING

from .expressions import CLOUD_VALUES, CloudValue, Ref, Var
from .secret_signs import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprints.catalog.provider_schemas import Body

    from .expressions import Expression
    from .model import Document

#: The type of an attribute whose type only the provider knows; it fits everywhere.
ANY = "any"
RAW = "raw"
MODULE = "module"
REMOTE_STATE = "remote_state"

_TYPES = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "list": "list",
    "list(object)": "list",
    "map": "map",
}
#: What an output is that has a value for each of several components.
_OF_ALL = {"count": "list", "for_each": "map"}


def of_type(type_name: str, properties: Mapping[str, Any], cloud: str) -> Mapping[str, Attribute]:
    """Return the attributes of a component, by name.

    Args:
        type_name: its type.
        properties: its properties, which name the resource if its type is ``raw``, and hold the
            attributes of a ``module`` and of a ``remote_state``.
        cloud: the document's cloud.
    """
    if type_name == RAW:
        return _of_resource(cloud, properties["resource"])
    if type_name in {MODULE, REMOTE_STATE}:
        found: Mapping[str, Attribute] = properties["attributes"]
        return found
    return _of_kind(type_name)


def of_outputs(document: Document) -> Mapping[str, Attribute]:
    """Return what a document has for others: its outputs."""
    secret = document.secret_outputs
    return {
        name: replace(_output(name, source, document), sensitive=name in secret)
        for name, source in document.outputs.items()
    }


def _output(name: str, source: Expression, document: Document) -> Attribute:
    if isinstance(source, Var):
        variable = document.variables[source.name]
        found = variable.value_type.at(source.path)
        nullable = variable.nullable or bool(found and found.optional)
        kind = found.kind if found else ANY
        return Attribute(name, kind, variable.description, nullable=nullable)
    if isinstance(source, Ref):
        target = document.component(source.component)
        known = of_type(target.type, target.properties, document.cloud)[source.attribute or "id"]
        repeat = target.repeat.kind if target.repeat else ""
        kind, nullable = _OF_ALL.get(repeat, known.type), known.nullable or repeat == "when"
        return replace(known, name=name, type=kind, nullable=nullable, where={})
    kind = CLOUD_VALUES[source.name] if isinstance(source, CloudValue) else "string"
    return Attribute(name, kind, "")


@cache
def of_existing(type_name: str) -> Mapping[str, Attribute]:
    """Return the attributes of a component of a type that is only looked up, by name."""
    unknown = EXISTING[type_name].unknown
    return {name: known for name, known in _of_kind(type_name).items() if name not in unknown}


def is_secret(name: str, body: Body) -> bool:
    """Whether an argument or attribute holds a secret: the provider says so, or its name."""
    return name in body.sensitive or is_secret_name(name)


@cache
def _of_kind(type_name: str) -> Mapping[str, Attribute]:
    return {known.name: known for known in component_types.get(type_name).attributes}


# Bounded: documents name what they like.
@lru_cache(maxsize=512)
def _of_resource(cloud: str, resource_type: str) -> Mapping[str, Attribute]:
    body = provider_schemas.resource(cloud, resource_type)
    if body is None:
        return {}
    about = f"As {resource_type} has it."
    kinds = {**{name: known.type for name, known in body.arguments.items()}, **body.computed}
    types = {name: _TYPES.get(kind, ANY) for name, kind in kinds.items()}
    return {
        name: Attribute(name, kind, about, sensitive=is_secret(name, body))
        for name, kind in sorted(types.items())
    }
