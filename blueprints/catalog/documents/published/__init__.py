"""The JSON Schema of a whole document, as published to editors and other tools."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from blueprints.catalog import component_types
from blueprints.catalog.clouds.regions import clouds
from blueprints.catalog.component_types import definitions, fields
from blueprints.catalog.component_types import existing as existing_types
from blueprints.catalog.component_types.base import RELATION_TYPES, ComponentType
from blueprints.catalog.documents import backends, limits

from .components import TAGS, component
from .existing import EXISTING, facts, found_by_rule
from .parts import DESCRIPTION, ID, NAMES, when
from .providers import PROVIDER, REGION, rules_of
from .variables import VARIABLE, VARIABLE_TYPES, variable_rules

__all__ = [
    "EXISTING",
    "PROVIDER",
    "TAGS",
    "VARIABLE_TYPES",
    "component",
    "envelope",
    "facts",
    "schema",
]

_RELATION = {
    "description": "What one component has to do with another.",
    "type": "object",
    "properties": {
        "from": {**ID, "description": "The id of the component that does it."},
        "to": {**ID, "description": "The id of the component it is done to."},
        "type": {
            "description": "; ".join(
                f"{name}: {meaning}" for name, meaning in RELATION_TYPES.items()
            ),
            "type": "string",
            "enum": list(RELATION_TYPES),
        },
        "description": DESCRIPTION,
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


_ENVIRONMENTS = {
    "description": "Values of variables in each environment, by its name.",
    "type": "object",
    "propertyNames": {
        "description": "A lower-case letter, then up to 31 of those, digits, hyphens.",
        "pattern": "^[a-z][a-z0-9-]{0,31}$",
    },
    "additionalProperties": fields.record(
        "An environment.",
        {
            "description": DESCRIPTION,
            "values": {
                "description": "By the name of the variable; no secrets.",
                "type": "object",
                "propertyNames": NAMES,
                "maxProperties": limits.MAX_VARIABLES,
            },
        },
    ),
    "maxProperties": limits.MAX_ENVIRONMENTS,
}

_LAYOUT = {
    "description": "What an editor keeps, such as places on a page; it means nothing.",
    "type": "object",
    "maxProperties": limits.MAX_LAYOUT,
}

_VARIABLES = {
    "description": "What is given anew at each deployment, by name.",
    "type": "object",
    "propertyNames": NAMES,
    "additionalProperties": VARIABLE,
    "maxProperties": limits.MAX_VARIABLES,
}

_OUTPUTS = {
    "description": "What a deployment tells at its end, by name.",
    "type": "object",
    "propertyNames": NAMES,
    "additionalProperties": {
        "description": "A variable or an attribute of a component.",
        "type": "object",
        **definitions.EXPRESSION,
    },
    "maxProperties": limits.MAX_OUTPUTS,
}


_REMOTE_STATES = {
    "description": (
        "Of the versions whose outputs are read, where their states are and what they tell. "
        "Whoever saves the document puts it here: what stands here before is not read."
    ),
    "type": "object",
    "additionalProperties": fields.record(
        "What is known of a state.",
        {
            "backend": backends.SCHEMA,
            "outputs": {
                "description": "The outputs, by name.",
                "type": "object",
                "propertyNames": NAMES,
                "additionalProperties": fields.record(
                    "An output.",
                    {
                        "type": {
                            "description": "Its type.",
                            "type": "string",
                            "enum": [*VARIABLE_TYPES, "any"],
                        },
                        "description": DESCRIPTION,
                        "nullable": {
                            "description": "Whether it may be null.",
                            "type": "boolean",
                        },
                        "secret": {
                            "description": "Whether it may show a secret, and cannot be read.",
                            "type": "boolean",
                        },
                    },
                    required=["type"],
                ),
                "maxProperties": limits.MAX_OUTPUTS,
            },
        },
        required=["outputs"],
    ),
    "maxProperties": limits.MAX_REMOTE_STATES,
    "readOnly": True,
}


@cache
def envelope() -> dict[str, Any]:
    """Return the schema of a document except for what depends on the type or the cloud."""
    return {
        "description": "A blueprint: infrastructure described once, for any cloud.",
        "type": "object",
        "properties": {
            "$schema": {
                "description": "The schema that an editor checks it by; nothing else reads it.",
                "type": "string",
                "maxLength": 2048,
            },
            "cloud": {
                "description": "The cloud it is built on.",
                "type": "string",
                "enum": list(clouds()),
            },
            "region": REGION,
            "providers": {
                "description": "Other regions and accounts, by name.",
                "type": "object",
                "propertyNames": NAMES,
                "additionalProperties": PROVIDER,
                "maxProperties": limits.MAX_PROVIDERS,
            },
            "tags": {**TAGS, "description": "Labels that the cloud keeps with everything."},
            "environments": _ENVIRONMENTS,
            "backend": backends.SCHEMA,
            "layout": _LAYOUT,
            "variables": _VARIABLES,
            "components": {
                "description": "The building blocks.",
                "type": "array",
                "items": component(),
                "maxItems": limits.MAX_COMPONENTS,
            },
            "modules": {
                "description": (
                    "The documents of the versions that modules name. Whoever saves the document "
                    "puts them here: what stands here before is not read."
                ),
                "type": "object",
                "additionalProperties": {"description": "A document.", "type": "object"},
                "maxProperties": limits.MAX_MODULES,
                "readOnly": True,
            },
            "remote_states": _REMOTE_STATES,
            "relations": {
                "description": "What they have to do with each other.",
                "type": "array",
                "items": _RELATION,
                "maxItems": limits.MAX_RELATIONS,
            },
            "outputs": _OUTPUTS,
        },
        "required": ["cloud", "region", "components"],
        "additionalProperties": False,
        "$defs": definitions.DEFINITIONS,
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
        "additionalProperties": {**VARIABLE, "allOf": variable_rules()},
    }
    published = {
        "$schema": fields.DIALECT,
        "$id": "urn:iac-platform:blueprint-document:1",
        "title": "Blueprint document",
        **whole,
        "properties": members,
        "allOf": [
            when("cloud", cloud.name, {"properties": rules_of(cloud)})
            for cloud in clouds().values()
        ],
        "$defs": {**definitions.DEFINITIONS, **_type_definitions()},
    }
    return copy.deepcopy(published)  # a caller's changes must not reach the validators


def _component_by_type() -> dict[str, Any]:
    rules = [when("type", kind.name, _properties_of(kind)) for kind in component_types.all_types()]
    return {**component(), "allOf": rules}


def _properties_of(kind: ComponentType) -> dict[str, Any]:
    made: dict[str, Any] = {"properties": {"properties": {"$ref": f"#/$defs/{_definition(kind)}"}}}
    if kind.schema["required"]:
        made["required"] = ["properties"]
    known = existing_types.EXISTING.get(kind.name)
    return {
        "if": {"required": ["existing"]},
        "then": found_by_rule(kind, known) if known else {"properties": {"existing": False}},
        "else": made,
    }


def _definition(kind: ComponentType) -> str:
    # The suffix keeps the type "secret" apart from the shared definition of that name.
    return f"{kind.name}_properties"


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
