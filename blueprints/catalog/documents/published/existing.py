"""What is said of a component that exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types
from blueprints.catalog.component_types import existing as existing_types
from blueprints.catalog.component_types import fields

if TYPE_CHECKING:
    from blueprints.catalog.component_types.base import ComponentType

EXISTING = {
    "description": "How a component is found that exists already: it is looked up, not made.",
    "type": "object",
    "properties": {
        "id": fields.text("The cloud's id of it.", max_length=2048, examples=["vpc-0a1b2c3d"]),
        "name": fields.text("Its name in the cloud.", max_length=1024),
        "tags": {
            "description": "Labels that it has, and nothing else of its kind.",
            "type": "object",
            "propertyNames": {"description": "1 to 128 characters.", "maxLength": 128},
            "additionalProperties": fields.text("What it says.", max_length=256, min_length=0),
            "minProperties": 1,
            "maxProperties": 10,
        },
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


def facts(type_name: str) -> dict[str, Any]:
    """Return the schema of what may be stated of an existing component of a type."""
    schema = component_types.get(type_name).schema
    known = existing_types.EXISTING.get(type_name, existing_types.ExistingType(()))
    stated = {name: schema["properties"][name] for name in known.facts}
    return fields.record("What is known of it.", stated, required=known.needed)


def found_by_rule(kind: ComponentType, known: existing_types.ExistingType) -> dict[str, Any]:
    """Return what holds of a component of a type that is only looked up."""
    found_by = {"propertyNames": {"enum": list(known.found_by)}}
    empty = {"maxProperties": 0}
    rule: dict[str, Any] = {
        "properties": {
            "existing": found_by,
            "properties": facts(kind.name),
            "tags": empty,
            "overrides": empty,
            "lifecycle": empty,
        }
    }
    return {**rule, "required": ["properties"]} if known.needed else rule
