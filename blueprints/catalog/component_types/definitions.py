"""What stands in a document for another component, or for a value that is known later: schemas."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

COMPONENT_ID = "^[a-z][a-z0-9-]{0,62}$"
VARIABLE_NAME = "^[a-z][a-z0-9_]{0,62}$"

_VARIABLE: Schema = {
    "description": (
        "The name of a variable: a lower-case letter, then lower-case letters, digits and "
        "underscores, 63 in all at most; dots and names of attributes behind it go into an object."
    ),
    "type": "string",
    "pattern": "^[a-z][a-z0-9_]{0,62}(\\.[a-z][a-z0-9_]{0,62}){0,3}$",
    "examples": ["machines", "database.size"],
}
_COMPONENT: Schema = {
    "description": "The id of a component, and nothing after it.",
    "type": "string",
    "pattern": COMPONENT_ID,
}
_ATTRIBUTE: Schema = {
    "description": "The id of a component, a dot, and the name of one of its attributes.",
    "type": "string",
    "pattern": "^[a-z][a-z0-9-]{0,62}\\.[a-z][a-z0-9_]{0,62}$",
    "examples": ["db.host"],
}

_CLOUD_VALUE: Schema = {
    "description": (
        "What the cloud knows of the place of the deployment: the region's name, the names of its "
        "zones, the account, the partition."
    ),
    "type": "string",
    "enum": ["account_id", "partition", "region", "zones"],
}
_EACH: Schema = {
    "description": (
        "In a component with for_each, its key or value, and dots and names of attributes behind "
        "it; with count, the index."
    ),
    "type": "string",
    "pattern": "^(key|index|value(\\.[a-z][a-z0-9_]{0,62}){0,3})$",
    "examples": ["key", "value.size"],
}
_JOIN_PART: Schema = {
    "description": 'Text, {"var": "name"}, {"ref": "component.attribute"} or {"cloud": "region"}.',
    "type": ["string", "object"],
    "minLength": 1,
    "maxLength": 4096,
    "properties": {"var": _VARIABLE, "ref": _ATTRIBUTE, "cloud": _CLOUD_VALUE, "each": _EACH},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "x-form": "join_part",
}

#: Shared definitions; every type's schema and the document's schema carry them.
DEFINITIONS: Schema = {
    "expression": {
        "description": (
            'A value known later: {"var": "name"} takes a variable of the document, '
            '{"ref": "component.attribute"} what another component turns out to have, '
            '{"cloud": "region"} what the cloud knows of the place, '
            '{"join": ["https://", {"ref": "lb.dns_name"}]} text put together.'
        ),
        "properties": {
            "var": _VARIABLE,
            "ref": _ATTRIBUTE,
            "cloud": _CLOUD_VALUE,
            "each": _EACH,
            "join": {
                "description": "Texts and values, which are put together without a separator.",
                "type": "array",
                "items": _JOIN_PART,
                "minItems": 1,
                "maxItems": 32,
            },
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
    "variable": {
        "description": 'A variable of the document: {"var": "name"}.',
        "properties": {"var": _VARIABLE},
        "required": ["var"],
        "additionalProperties": False,
    },
    "label": {
        "description": (
            'A variable, {"var": "name"}, or text put together from texts and variables: '
            '{"join": ["team-", {"var": "team"}]}.'
        ),
        "properties": {
            "var": _VARIABLE,
            "each": _EACH,
            "join": {
                "description": "Texts and variables, put together without a separator.",
                "type": "array",
                "items": {
                    "description": 'Text or {"var": "name"}.',
                    "type": ["string", "object"],
                    "minLength": 1,
                    "maxLength": 256,
                    "properties": {"var": _VARIABLE, "each": _EACH},
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "x-form": "label_part",
                },
                "minItems": 1,
                "maxItems": 32,
            },
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
    "component": {
        "description": 'Another component: {"ref": "its-id"}.',
        "type": "object",
        "properties": {"ref": _COMPONENT},
        "required": ["ref"],
        "additionalProperties": False,
    },
    "secret_variable": {
        "description": (
            'A secret is never written into a document: {"var": "name"} takes a variable '
            'declared with "secret": true.'
        ),
        "type": "object",
        "properties": {"var": _VARIABLE},
        "required": ["var"],
        "additionalProperties": False,
    },
    "secret": {
        "description": (
            'A secret is never written into a document: {"var": "name"} takes a variable '
            'declared with "secret": true, {"ref": "id"} a component of type secret.'
        ),
        "type": "object",
        "properties": {
            "var": _VARIABLE,
            "ref": _COMPONENT,
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
}

EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
