"""Builders for property schemas: plain JSON Schema 2020-12 plus a few annotations.

``x-ref``: the component types that ``{"ref": "id"}`` may point to here.
``x-where``: values that properties of that component must have.
``x-same``: properties that both components must have alike.
``x-managed``: that component must be one that the document makes, not one that it looks up.
``x-unique``: no two components of the type have the same value of this property.
``x-unordered``: the reference does not decide what is built first, so it may close a circle.
``x-secret``: ``required`` (only a secret may stand here) or ``allowed`` (a secret may).
``x-nullable``: what may be null can stand here: null is as if nothing were given.
``x-arguments``: a provider's own arguments, which its schema checks.
``format``: ``ipv4-cidr``, ``cidr`` and ``domain`` are checked by :mod:`.formats`.

A value that may be computed accepts objects beside its own type, and the shared definition
``expression`` says which objects. The two never meet: ``minimum`` looks at numbers only,
``pattern`` at strings only, ``properties`` at objects only. So one flat schema does without
``anyOf``, whose errors help nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .definitions import DEFINITIONS, EXPRESSION, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SINGLE_LINE = "^[^\\u0000-\\u001f\\u007f]*$"
# Of a URL with a name and a password in it everybody would read both.
HTTPS_URL = "^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%-]*)?$"
LOG_DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365, 400, 731)
CIDR_LENGTH = 43  # the longest IPv6 address with its prefix length


def _known(**members: Any) -> Schema:
    """Keep the members that say something."""
    return {name.replace("_", "-"): value for name, value in members.items() if value is not None}


def text(  # noqa: PLR0913 - each keyword is one keyword of the schema it builds
    description: str,
    *,
    max_length: int,
    min_length: int = 1,
    pattern: str | None = SINGLE_LINE,
    format: str | None = None,  # noqa: A002 - the name JSON Schema gives it
    default: str | None = None,
    examples: Sequence[str] | None = None,
    literal: bool = False,
    secret_allowed: bool = False,
) -> Schema:
    """A string; ``literal`` ones decide what is generated and so cannot be computed."""
    return {
        "description": description,
        "type": "string" if literal else ["string", "object"],
        "minLength": min_length,
        "maxLength": max_length,
        **_known(pattern=pattern, format=format, default=default),
        **({"examples": list(examples)} if examples else {}),
        **({} if literal else EXPRESSION),
        **({"x-secret": "allowed"} if secret_allowed else {}),
    }


def integer(
    description: str,
    *,
    minimum: int,
    maximum: int,
    default: int | None = None,
    literal: bool = False,
) -> Schema:
    """A whole number within bounds; its unit belongs in the description or the name."""
    return {
        "description": description,
        "type": "integer" if literal else ["integer", "object"],
        "minimum": minimum,
        "maximum": maximum,
        **_known(default=default),
        **({} if literal else EXPRESSION),
    }


def nullable(schema: Schema) -> Schema:
    """A value that may turn out to be null, which clouds take as not given."""
    return {**schema, "x-nullable": True}


def log_days(description: str, *, default: int) -> Schema:
    """How long logs are kept, in days that every cloud can keep them."""
    bounded = integer(
        description, minimum=LOG_DAYS[0], maximum=LOG_DAYS[-1], default=default, literal=True
    )
    return {**bounded, "enum": list(LOG_DAYS)}


def flag(description: str, *, default: bool, literal: bool = True) -> Schema:
    """A switch; most decide which resources exist and so cannot be computed."""
    return {
        "description": description,
        "type": "boolean" if literal else ["boolean", "object"],
        "default": default,
        **({} if literal else EXPRESSION),
    }


def choice(description: str, *options: str, default: str | None = None) -> Schema:
    """One of a few words; it decides what is generated and so cannot be computed."""
    return {
        "description": description,
        "type": "string",
        "enum": list(options),
        **_known(default=default),
    }


def component(
    description: str,
    *types: str,
    unordered: bool = False,
    managed: bool = False,
    where: Mapping[str, Any] | None = None,
    same: Sequence[str] = (),
) -> Schema:
    """A reference to another component of one of the types."""
    return {
        "description": description,
        "$ref": "#/$defs/component",
        "x-ref": list(types),
        **({"x-unordered": True} if unordered else {}),
        **({"x-managed": True} if managed else {}),
        **({"x-where": dict(where)} if where else {}),
        **({"x-same": list(same)} if same else {}),
    }


def secret(description: str) -> Schema:
    """A secret: a secret variable or a component of type secret."""
    return {
        "description": description,
        "$ref": "#/$defs/secret",
        "x-secret": "required",
        "x-ref": ["secret"],
    }


def secret_variable(description: str) -> Schema:
    """A secret that only a secret variable can hold."""
    return {
        "description": description,
        "$ref": "#/$defs/secret_variable",
        "x-secret": "required",
    }


def listing(
    description: str,
    items: Schema,
    *,
    max_items: int,
    min_items: int = 0,
    default: Sequence[Any] | None = None,
    computed: bool = False,
) -> Schema:
    """A list without repetitions; a ``computed`` one may be a variable or attribute."""
    return {
        "description": description,
        "type": ["array", "object"] if computed else "array",
        "items": items,
        "minItems": min_items,
        "maxItems": max_items,
        "uniqueItems": True,
        **({"default": list(default)} if default is not None else {}),
        **(EXPRESSION if computed else {}),
    }


def components(description: str, *types: str, min_items: int = 0, max_items: int = 16) -> Schema:
    """References to other components; optional ones default to none."""
    items = component("One of them.", *types)
    default = None if min_items else ()
    return listing(description, items, min_items=min_items, max_items=max_items, default=default)


def record(
    description: str,
    properties: Mapping[str, Schema],
    *,
    required: Sequence[str] = (),
) -> Schema:
    """An object with these members and no others."""
    return {
        "description": description,
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def arguments(description: str) -> Schema:
    """Arguments of a provider's resource, which documents check against the provider's schema."""
    return {
        "description": description,
        "type": "object",
        "additionalProperties": True,
        "maxProperties": 200,
        "default": {},
        "x-arguments": True,
    }


def mapping(description: str, values: Schema, *, names: Schema, max_items: int) -> Schema:
    """An object whose member names the author chooses; ``names`` is their schema."""
    return {
        "description": description,
        "type": "object",
        "propertyNames": names,
        "additionalProperties": values,
        "maxProperties": max_items,
        "default": {},
    }


def cidr(description: str, *, example: str, literal: bool = False) -> Schema:
    """An IPv4 address block such as ``10.0.0.0/16``."""
    return text(
        description,
        max_length=18,
        min_length=9,
        pattern="^[0-9.]+/(0|[1-9][0-9]?)$",
        format="ipv4-cidr",
        examples=[example],
        literal=literal,
    )


def address_blocks(description: str, *, max_items: int = 60) -> Schema:
    """IPv4 or IPv6 address blocks that traffic may come from or go to."""
    block = text(
        "An address block.",
        max_length=CIDR_LENGTH,
        min_length=4,
        pattern="^[0-9a-fA-F:.]+/(0|[1-9][0-9]{0,2})$",
        format="cidr",
        examples=["10.0.0.0/16", "2001:db8::/32"],
    )
    return listing(description, block, min_items=1, max_items=max_items, computed=True)


def properties(
    members: Mapping[str, Schema],
    *,
    required: Sequence[str] = (),
    example: Mapping[str, Any],
) -> Schema:
    """The schema of a type's ``properties``, complete in itself."""
    return {
        "$schema": DIALECT,
        **record("The component's properties.", members, required=required),
        "examples": [dict(example)],
        "$defs": DEFINITIONS,
    }


def version(needed_for: str) -> dict[str, Schema]:
    """What names a version of another blueprint, which never changes."""
    return {
        "blueprint": text(
            f"The id of the blueprint {needed_for}.",
            max_length=36,
            pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            examples=["6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"],
            literal=True,
        ),
        "version": integer(
            "The number of the version, which never changes.",
            minimum=1,
            maximum=999_999_999,
            literal=True,
        ),
    }
