"""The JSON Schema of a whole document, as published to editors and other tools."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types
from blueprints.catalog.clouds.regions import Cloud, clouds
from blueprints.catalog.component_types import existing as existing_types
from blueprints.catalog.component_types import fields
from blueprints.catalog.component_types.base import RELATION_TYPES, ComponentType

from . import limits
from .repetition import KEY_PATTERN, MAX_INSTANCES
from .tags import PUNCTUATION
from .value_types import MAX_ATTRIBUTES, MAX_ELEMENTS, MAX_TEXT, SCALARS
from .value_types import MAX_DEPTH as MAX_TYPE_DEPTH

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

_DESCRIPTION = {
    "description": "For people.",
    "type": "string",
    "maxLength": 1024,
    "pattern": "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$",
}

_ID = {
    "description": (
        "A lower-case letter, then up to 62 lower-case letters, digits and hyphens; "
        "unique in the document."
    ),
    "type": "string",
    "maxLength": 63,
    "pattern": fields.COMPONENT_ID,
    "examples": ["web"],
}

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
        "maximum": MAX_INSTANCES,
        "$ref": "#/$defs/variable",
    },
    "for_each": {
        "description": (
            'Keys, or values by key, for each of which it exists; {"var": "name"} takes those of '
            "a list or map."
        ),
        "type": ["array", "object"],
        "items": {"description": "A key.", "type": "string", "pattern": KEY_PATTERN},
        "maxItems": MAX_INSTANCES,
        "uniqueItems": True,
        "propertyNames": {
            "description": "1 to 12 lower-case letters, digits and hyphens within.",
            "pattern": KEY_PATTERN,
        },
        "maxProperties": MAX_INSTANCES,
    },
}

_NAMES = {
    "description": "A lower-case letter, then up to 62 lower-case letters, digits and underscores.",
    "pattern": fields.VARIABLE_NAME,
}


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
            "propertyNames": _NAMES,
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

_VARIABLE = {
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
        "description": _DESCRIPTION,
        "default": {"description": "Its value when none is given; a secret has none."},
        "secret": {
            "description": "Whether it is kept out of code, logs and plain outputs.",
            "type": "boolean",
            "default": False,
        },
    },
    "required": ["type"],
    "additionalProperties": False,
}

_RELATION = {
    "description": "What one component has to do with another.",
    "type": "object",
    "properties": {
        "from": {**_ID, "description": "The id of the component that does it."},
        "to": {**_ID, "description": "The id of the component it is done to."},
        "type": {
            "description": "; ".join(
                f"{name}: {meaning}" for name, meaning in RELATION_TYPES.items()
            ),
            "type": "string",
            "enum": list(RELATION_TYPES),
        },
        "description": _DESCRIPTION,
        "ports": {
            "description": (
                "The TCP ports to open, where connects_to leads to a machine: what a database, "
                "cache or load balancer listens on is known."
            ),
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 65535},
            "minItems": 1,
            "maxItems": 20,
            "uniqueItems": True,
            "examples": [[8080]],
        },
    },
    "required": ["from", "to", "type"],
    "additionalProperties": False,
}


@cache
def component() -> dict[str, Any]:
    """Return the schema of a component, saying of its properties only that they are an object."""
    return {
        "description": "One building block.",
        "type": "object",
        "properties": {
            "id": _ID,
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
                **_DESCRIPTION,
                "description": "Why it is as it is, for readers of the code.",
            },
            "tags": TAGS,
            "overrides": _OVERRIDES,
            "lifecycle": _LIFECYCLE,
            **_REPETITION,
            "existing": EXISTING,
            "moved_from": {
                "description": (
                    "Ids that it had before, the oldest first: what runs under them is kept."
                ),
                "type": "array",
                "items": {**_ID, "description": "An id that no component has any more."},
                "uniqueItems": True,
                "maxItems": limits.MAX_MOVES,
            },
        },
        "required": ["id", "type"],
        "additionalProperties": False,
    }


@cache
def envelope() -> dict[str, Any]:
    """Return the schema of a document except for what depends on the type or the cloud."""
    return {
        "description": "A blueprint: infrastructure described once, for any cloud.",
        "type": "object",
        "properties": {
            "cloud": {
                "description": "The cloud it is built on.",
                "type": "string",
                "enum": list(clouds()),
            },
            "region": {
                "description": "The cloud's own name of the region, or a variable with a default.",
                "type": ["string", "object"],
                "maxLength": 64,
                "examples": ["us-east-1"],
                "$ref": "#/$defs/variable",
            },
            "tags": {**TAGS, "description": "Labels that the cloud keeps with everything."},
            "environments": {
                "description": "Values of variables in each environment, by its name.",
                "type": "object",
                "propertyNames": {
                    "description": "A lower-case letter, then up to 31 of those, digits, hyphens.",
                    "pattern": "^[a-z][a-z0-9-]{0,31}$",
                },
                "additionalProperties": fields.record(
                    "An environment.",
                    {
                        "description": _DESCRIPTION,
                        "values": {
                            "description": "By the name of the variable; no secrets.",
                            "type": "object",
                            "propertyNames": _NAMES,
                            "maxProperties": limits.MAX_VARIABLES,
                        },
                    },
                ),
                "maxProperties": limits.MAX_ENVIRONMENTS,
            },
            "layout": {
                "description": "What an editor keeps, such as places on a page; it means nothing.",
                "type": "object",
                "maxProperties": limits.MAX_LAYOUT,
            },
            "variables": {
                "description": "What is given anew at each deployment, by name.",
                "type": "object",
                "propertyNames": _NAMES,
                "additionalProperties": _VARIABLE,
                "maxProperties": limits.MAX_VARIABLES,
            },
            "components": {
                "description": "The building blocks.",
                "type": "array",
                "items": component(),
                "maxItems": limits.MAX_COMPONENTS,
            },
            "relations": {
                "description": "What they have to do with each other.",
                "type": "array",
                "items": _RELATION,
                "maxItems": limits.MAX_RELATIONS,
            },
            "outputs": {
                "description": "What a deployment tells at its end, by name.",
                "type": "object",
                "propertyNames": _NAMES,
                "additionalProperties": {
                    "description": "A variable or an attribute of a component.",
                    "type": "object",
                    **fields.EXPRESSION,
                },
                "maxProperties": limits.MAX_OUTPUTS,
            },
        },
        "required": ["cloud", "region", "components"],
        "additionalProperties": False,
        "$defs": fields.DEFINITIONS,
    }


def schema() -> dict[str, Any]:
    """Return the published JSON Schema (2020-12) of a whole document.

    A valid document satisfies it. The converse needs :func:`~.validation.validate`, which
    also follows references, finds circles and compares properties with each other.
    """
    whole = envelope()
    members = dict(whole["properties"])
    members["components"] = {**members["components"], "items": _component_by_type()}
    members["variables"] = {
        **members["variables"],
        "additionalProperties": {**_VARIABLE, "allOf": _variable_rules()},
    }
    published = {
        "$schema": fields.DIALECT,
        "$id": "urn:iac-platform:blueprint-document:1",
        "title": "Blueprint document",
        **whole,
        "properties": members,
        "allOf": [
            _when("cloud", cloud.name, {"properties": {"region": _region_of(cloud)}})
            for cloud in clouds().values()
        ],
        "$defs": {**fields.DEFINITIONS, **_type_definitions()},
    }
    return copy.deepcopy(published)  # a caller's changes must not reach the validators


def _region_of(cloud: Cloud) -> dict[str, Any]:
    return {"if": {"type": "string"}, "then": {"enum": list(cloud.regions)}}


def facts(type_name: str) -> dict[str, Any]:
    """Return the schema of what may be stated of an existing component of a type."""
    schema = component_types.get(type_name).schema
    known = existing_types.EXISTING.get(type_name, existing_types.ExistingType(()))
    stated = {name: schema["properties"][name] for name in known.facts}
    return fields.record("What is known of it.", stated, required=known.needed)


def _when(member: str, value: str | bool, then: dict[str, Any]) -> dict[str, Any]:
    condition = {"properties": {member: {"const": value}}, "required": [member]}
    return {"if": condition, "then": then}


def _component_by_type() -> dict[str, Any]:
    rules = [_when("type", kind.name, _properties_of(kind)) for kind in component_types.all_types()]
    return {**component(), "allOf": rules}


def _properties_of(kind: ComponentType) -> dict[str, Any]:
    made: dict[str, Any] = {"properties": {"properties": {"$ref": f"#/$defs/{_definition(kind)}"}}}
    if kind.schema["required"]:
        made["required"] = ["properties"]
    known = existing_types.EXISTING.get(kind.name)
    return {
        "if": {"required": ["existing"]},
        "then": _looked_up(kind, known) if known else {"properties": {"existing": False}},
        "else": made,
    }


def _looked_up(kind: ComponentType, known: existing_types.ExistingType) -> dict[str, Any]:
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


def _definition(kind: ComponentType) -> str:
    # The suffix keeps the type "secret" apart from the shared definition of that name.
    return f"{kind.name}_properties"


def _variable_rules() -> list[dict[str, Any]]:
    typed = [_when("type", name, _default(rule)) for name, rule in VARIABLE_TYPES.items()]
    texts = {"if": {"required": ["element"]}, "else": _default(_LIST_OF_TEXTS)}
    secret = {"properties": {"type": {"const": "string"}, "default": False}}
    return [
        *typed,
        _when("type", "list", texts),
        _when("secret", True, secret),  # noqa: FBT003 - a JSON value, not a switch
    ]


def _default(rule: Mapping[str, Any]) -> dict[str, Any]:
    or_null = {"properties": {"default": {**rule, "type": [rule["type"], "null"]}}}
    nullable = {"properties": {"nullable": {"const": True}}, "required": ["nullable"]}
    return {"if": nullable, "then": or_null, "else": {"properties": {"default": rule}}}


def _type_definitions() -> dict[str, Any]:
    # The shared definitions move to the top, where the same "#/$defs/…" finds them.
    return {
        _definition(kind): {
            **{key: value for key, value in kind.schema.items() if key not in {"$schema", "$defs"}},
            "title": kind.title,
            "description": kind.description,
        }
        for kind in component_types.all_types()
    }
