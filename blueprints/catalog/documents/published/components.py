"""What a component says, but for the properties of its type."""

from __future__ import annotations

from functools import cache
from typing import Any

from blueprints.catalog import component_types
from blueprints.catalog.clouds.regions import clouds
from blueprints.catalog.component_types import definitions
from blueprints.catalog.documents import limits
from blueprints.catalog.documents.tags import PUNCTUATION

from .existing import EXISTING
from .parts import DESCRIPTION, ID

# What clouds take in tags, as far as a pattern can say it without Unicode's classes: of ASCII,
# letters, digits, spaces and _.:/=+-@; the rest is up to ``tags``.
_TAG_TEXT = "[^\\u0000-\\u001f!-*,;<>?\\[-\\^`{-\\u009f]"

TAGS: dict[str, Any] = {
    "description": "Labels that the cloud keeps with the component.",
    "type": "object",
    "propertyNames": {
        "description": f"Letters, digits, spaces and characters of {PUNCTUATION}.",
        "minLength": 1,
        "maxLength": limits.MAX_TAG_KEY,
        "pattern": f"^{_TAG_TEXT}+$",
    },
    "additionalProperties": {
        "description": f"Letters, digits, spaces and characters of {PUNCTUATION}.",
        "type": ["string", "object"],
        "maxLength": limits.MAX_TAG_VALUE,
        "pattern": f"^{_TAG_TEXT}*$",
        "$ref": "#/$defs/label",
    },
    "maxProperties": limits.MAX_TAGS,
}


_OVERRIDES = {
    "description": (
        "Arguments of the resources that the component becomes, by cloud and resource type, in "
        "the words of the cloud's Terraform provider and as in Terraform's JSON syntax. They are "
        "added to what the properties decide."
    ),
    "type": "object",
    "propertyNames": {"description": "A cloud.", "enum": list(clouds()), "type": "string"},
    "additionalProperties": {
        "description": "By resource type.",
        "type": "object",
        "additionalProperties": {"description": "By argument or block.", "type": "object"},
        "maxProperties": limits.MAX_OVERRIDDEN_TYPES,
    },
}

_LIFECYCLE = {
    "description": "How later plans treat the component.",
    "type": "object",
    "properties": {
        "prevent_destroy": {
            "description": "Whether a plan that would destroy its main resource fails.",
            "type": "boolean",
            "default": False,
        },
        "ignore_changes": {
            "description": "Arguments that others change and no plan puts back.",
            "type": "array",
            "items": {
                "description": "A resource type, a dot and the argument.",
                "type": "string",
                "maxLength": 256,
                "pattern": "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$",
                "examples": ["aws_instance.user_data"],
            },
            "maxItems": 50,
            "uniqueItems": True,
        },
    },
    "additionalProperties": False,
}


_REPETITION = {
    "when": {
        "description": "Whether it exists at all.",
        "type": ["boolean", "object"],
        "$ref": "#/$defs/variable",
    },
    "count": {
        "description": "How often it exists; for_each keeps what is there when one goes.",
        "type": ["integer", "object"],
        "minimum": 0,
        "maximum": limits.MAX_INSTANCES,
        "$ref": "#/$defs/variable",
    },
    "for_each": {
        "description": (
            'Keys, or values by key, for each of which it exists; {"var": "name"} takes those of '
            "a list or map."
        ),
        "type": ["array", "object"],
        "items": {"description": "A key.", "type": "string", "pattern": limits.KEY_PATTERN},
        "maxItems": limits.MAX_INSTANCES,
        "uniqueItems": True,
        "propertyNames": {
            "description": "1 to 12 lower-case letters, digits and hyphens within.",
            "pattern": limits.KEY_PATTERN,
        },
        "maxProperties": limits.MAX_INSTANCES,
    },
}


@cache
def component() -> dict[str, Any]:
    """Return the schema of a component, saying of its properties only that they are an object."""
    return {
        "description": "One building block.",
        "type": "object",
        "properties": {
            "id": ID,
            "type": {
                "description": "What it is.",
                "type": "string",
                "enum": list(component_types.names()),
            },
            "name": {
                "description": "What people call it; its id unless given.",
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": f"^{_TAG_TEXT}+$",
            },
            "properties": {"description": "As its type has them.", "type": "object"},
            "comment": {
                **DESCRIPTION,
                "description": "Why it is as it is, for readers of the code.",
            },
            "tags": TAGS,
            "overrides": _OVERRIDES,
            "lifecycle": _LIFECYCLE,
            **_REPETITION,
            "existing": EXISTING,
            "provider": {
                "description": "The provider that makes it; the document's own unless given.",
                "type": "string",
                "maxLength": 63,
                "pattern": definitions.VARIABLE_NAME,
                "examples": ["replica"],
            },
            "moved_from": {
                "description": (
                    "Ids that it had before, the oldest first: what runs under them is kept."
                ),
                "type": "array",
                "items": {**ID, "description": "An id that no other component has."},
                "uniqueItems": True,
                "maxItems": limits.MAX_MOVES,
            },
        },
        "required": ["id", "type"],
        "additionalProperties": False,
    }
