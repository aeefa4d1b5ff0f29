"""JSON Schema at work: the published schemas, checked with errors that people can act on."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types
from blueprints.catalog.component_types import definitions

from . import published
from .keywords import DocumentValidator
from .messages import explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.problems import Path, Problem


def document_problems(document: object) -> Iterator[Problem]:
    """Yield what is wrong with a document, apart from its components' properties."""
    return _problems(_envelope(), document, ())


def property_problems(
    type_name: str, properties: object, path: Path, *, existing: bool = False
) -> Iterator[Problem]:
    """Yield what is wrong with a component's properties, which lie at ``path``."""
    validator = _of_existing(type_name) if existing else _of_type(type_name)
    return _problems(validator, properties, path)


def value_problems(schema: Mapping[str, Any], value: object, path: Path) -> Iterator[Problem]:
    """Yield where a value breaks an inlined part of a schema."""
    return _problems(_checked(schema), value, path)


def expression_problems(value: object, path: Path) -> Iterator[Problem]:
    """Yield where an object is no well-formed expression."""
    return _problems(_expression(), value, path)


@cache
def inlined_schema(type_name: str) -> dict[str, Any]:
    """Return a type's property schema with its shared definitions put in place."""
    found: dict[str, Any] = inlined(dict(component_types.get(type_name).schema))
    return found


@cache
def _expression() -> Any:
    return _checked(
        {"type": "object", **definitions.DEFINITIONS["expression"], "x-form": "expression"}
    )


@cache
def _of_existing(type_name: str) -> Any:
    return _checked(inlined(published.facts(type_name)))


@cache
def tags_schema() -> dict[str, Any]:
    """Return the inlined schema of tags."""
    found: dict[str, Any] = inlined(published.TAGS)
    return found


@cache
def provider_schema() -> dict[str, Any]:
    """Return the inlined schema of a named provider."""
    found: dict[str, Any] = inlined(published.PROVIDER)
    return found


@cache
def existing_schema() -> dict[str, Any]:
    """Return the inlined schema of how a component is looked up."""
    found: dict[str, Any] = inlined(published.EXISTING)
    return found


@cache
def _of_type(type_name: str) -> Any:
    return _checked(inlined_schema(type_name))


@cache
def _envelope() -> Any:
    return _checked(inlined(published.envelope()))


def _checked(schema: Mapping[str, Any]) -> Any:
    return DocumentValidator(schema)


def _problems(validator: Any, value: object, path: Path) -> Iterator[Problem]:
    for error in validator.iter_errors(value):
        yield from explain(error, path)


def inlined(schema: Any) -> Any:
    """Return a schema with each shared definition where it is named, and its name in ``x-form``.

    Following a ``$ref`` costs more than all other checks of a value together.
    """
    if isinstance(schema, list):
        return [inlined(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: inlined(part) for key, part in schema.items() if key not in {"$ref", "$defs"}}
    if "$ref" not in schema:
        return parts
    name = schema["$ref"].removeprefix("#/$defs/")
    return {**definitions.DEFINITIONS[name], **parts, "x-form": name}
