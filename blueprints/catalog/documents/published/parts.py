"""What several parts of the schema share: ids, names, texts for people, conditions."""

from __future__ import annotations

from typing import Any

from blueprints.catalog.component_types import definitions

DESCRIPTION = {
    "description": "For people.",
    "type": "string",
    "maxLength": 1024,
    "pattern": "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$",
}

ID = {
    "description": (
        "A lower-case letter, then up to 62 lower-case letters, digits and hyphens; "
        "unique in the document."
    ),
    "type": "string",
    "maxLength": 63,
    "pattern": definitions.COMPONENT_ID,
    "examples": ["web"],
}


NAMES = {
    "description": "A lower-case letter, then up to 62 lower-case letters, digits and underscores.",
    "pattern": definitions.VARIABLE_NAME,
}


def when(member: str, value: str | bool, then: dict[str, Any]) -> dict[str, Any]:
    """Return a rule for objects of which a member has a value."""
    condition = {"properties": {member: {"const": value}}, "required": [member]}
    return {"if": condition, "then": then}
