"""What a variable says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types import fields
from blueprints.catalog.documents import stores
from blueprints.catalog.documents.value_types import MAX_ATTRIBUTES, MAX_ELEMENTS, MAX_TEXT, SCALARS
from blueprints.catalog.documents.value_types import MAX_DEPTH as MAX_TYPE_DEPTH

from .parts import DESCRIPTION, NAMES, when

if TYPE_CHECKING:
    from collections.abc import Mapping


#: What the default of a variable of each type is, as far as the type alone says it.
VARIABLE_TYPES: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string", "maxLength": MAX_TEXT},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "maxItems": MAX_ELEMENTS},
    "map": {"type": "object", "maxProperties": MAX_ELEMENTS},
    "object": {"type": "object"},
}
_LIST_OF_TEXTS = {"type": "array", "items": VARIABLE_TYPES["string"], "maxItems": MAX_ELEMENTS}


def _type_members(depth: int) -> dict[str, Any]:
    """Return what says a type: ``depth`` more of them may lie in each other."""
    kinds = list(VARIABLE_TYPES) if depth else list(SCALARS)
    members: dict[str, Any] = {
        "type": {"description": "What it holds.", "type": "string", "enum": kinds}
    }
    if depth:
        inner = _type_members(depth - 1)
        optional = {"description": "Whether it may be left out.", "type": "boolean"}
        attribute = fields.record(
            "An attribute's type.", {**inner, "optional": optional}, required=["type"]
        )
        members["element"] = fields.record(
            "What a list or map holds; texts unless given.", inner, required=["type"]
        )
        members["attributes"] = {
            "description": "What an object has, by name.",
            "type": "object",
            "propertyNames": NAMES,
            "additionalProperties": attribute,
            "maxProperties": MAX_ATTRIBUTES,
        }
    return members


def _length(description: str) -> dict[str, Any]:
    return {"description": description, "type": "integer", "minimum": 0, "maximum": MAX_TEXT}


_CONSTRAINTS = {
    "allowed_values": {
        "description": "The values there are to choose from.",
        "type": "array",
        "items": {"type": ["string", "number", "boolean"], "maxLength": MAX_TEXT},
        "minItems": 1,
        "maxItems": 100,
        "uniqueItems": True,
    },
    "pattern": {
        "description": "A regular expression (RE2, as in Terraform) that the text must match.",
        "type": "string",
        "maxLength": 512,
        "pattern": "^[^\\u0000-\\u001f\\u007f]+$",
        "examples": ["^[a-z]+$"],
    },
    "min": {"description": "The least number.", "type": "number"},
    "max": {"description": "The greatest number.", "type": "number"},
    "min_length": _length("The fewest characters, elements or members."),
    "max_length": _length("The most characters, elements or members."),
}

VARIABLE = {
    "description": "Something that is given anew at each deployment.",
    "type": "object",
    "properties": {
        **_type_members(MAX_TYPE_DEPTH - 1),
        **_CONSTRAINTS,
        "nullable": {
            "description": "Whether it may be null, which leaves out what it stands for.",
            "type": "boolean",
            "default": False,
        },
        "description": DESCRIPTION,
        "default": {"description": "Its value when none is given; a secret has none."},
        "secret": {
            "description": "Whether it is kept out of code, logs and plain outputs.",
            "type": "boolean",
            "default": False,
        },
        "from": stores.SCHEMA,
    },
    "required": ["type"],
    "additionalProperties": False,
}


def variable_rules() -> list[dict[str, Any]]:
    """Return what types say of defaults, and secrecy of types."""
    typed = [when("type", name, _default(rule)) for name, rule in VARIABLE_TYPES.items()]
    texts = {"if": {"required": ["element"]}, "else": _default(_LIST_OF_TEXTS)}
    secret = {"properties": {"type": {"const": "string"}, "default": False}}
    return [
        *typed,
        when("type", "list", texts),
        when("secret", True, secret),  # noqa: FBT003 - a JSON value, not a switch
    ]


def _default(rule: Mapping[str, Any]) -> dict[str, Any]:
    or_null = {"properties": {"default": {**rule, "type": [rule["type"], "null"]}}}
    nullable = {"properties": {"nullable": {"const": True}}, "required": ["nullable"]}
    return {"if": nullable, "then": or_null, "else": {"properties": {"default": rule}}}
