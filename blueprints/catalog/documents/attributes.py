"""What references to a component may name: its type says it, or its provider's schema."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types, provider_schemas
from blueprints.catalog.component_types import Attribute
from blueprints.catalog.component_types.existing import EXISTING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The type of an attribute whose type only the provider knows; it fits everywhere.
ANY = "any"
RAW = "raw"

_TYPES = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "list": "list",
    "map": "map",
}
_SECRET_NAME = re.compile(
    r"(?:.*_)?(?:password|passphrase|private_key|secret|secret_key|secret_string|secret_binary"
    r"|access_key|shared_key|api_key|token|result|bcrypt_hash)(?:_wo)?"
)


def of_type(type_name: str, properties: Mapping[str, Any], cloud: str) -> Mapping[str, Attribute]:
    """Return the attributes of a component, by name.

    Args:
        type_name: its type.
        properties: its properties, which name the resource if its type is ``raw``.
        cloud: the document's cloud.
    """
    if type_name == RAW:
        return _of_resource(cloud, properties["resource"])
    return _of_kind(type_name)


@cache
def of_existing(type_name: str) -> Mapping[str, Attribute]:
    """Return the attributes of a component of a type that is only looked up, by name."""
    unknown = EXISTING[type_name].unknown
    return {name: known for name, known in _of_kind(type_name).items() if name not in unknown}


def is_secret_name(argument: str) -> bool:
    """Whether an argument of that name holds a secret."""
    return _SECRET_NAME.fullmatch(argument) is not None


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
    types = {name: _TYPES.get(known.type, ANY) for name, known in body.arguments.items()}
    types |= dict.fromkeys(body.computed, ANY)
    return {
        name: Attribute(name, kind, about, sensitive=is_secret_name(name))
        for name, kind in sorted(types.items())
    }
