"""A component's properties into typed values, with a note of every expression in them.

The schema decides what an object means: ``{"ref": "x"}`` is a reference where an expression
may stand, and an ordinary object where a mapping of labels stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .expressions import CloudValue, Each, Expression, Join, Part, Ref, Var

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.problems import Path

#: The variable and attribute types that fit each type of JSON Schema.
_TYPES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
}
#: What stands in a provider's own arguments and in outputs may be of these types too.
COLLECTIONS = ("list", "map", "object")
_PART_TYPES = ("string", "number", "boolean")


@dataclass(frozen=True, slots=True)
class Use:
    """An expression where it stands.

    Attributes:
        path: its place in the document.
        value: the variable or the component that it names.
        schema: the inlined schema of the place.
    """

    path: Path
    value: Expression
    schema: Mapping[str, Any]

    @property
    def accepted_types(self) -> tuple[str, ...]:
        """The types of variables and attributes that fit; none where a component belongs."""
        if "x-accepts" in self.schema:
            accepted: tuple[str, ...] = self.schema["x-accepts"]
            return accepted
        if self.schema.get("x-secret") == "required":
            return ("string",)
        types = self.schema["type"]
        named = [types] if isinstance(types, str) else types
        return tuple(_TYPES[name] for name in named if name in _TYPES)


#: Typed properties with their defaults, and the expressions found in them.
Read = tuple[Mapping[str, Any], tuple[Use, ...]]


def read_properties(properties: Mapping[str, Any], schema: Mapping[str, Any], path: Path) -> Read:
    """Return typed properties with their defaults, and the expressions found in them.

    Args:
        properties: values that satisfy the schema.
        schema: a type's inlined schema.
        path: where the properties lie in the document.
    """
    uses: list[Use] = []
    return _Reader(uses).read(properties, schema, path), tuple(uses)


def expression(value: Mapping[str, Any]) -> Expression:
    """Return the meaning of an object with ``var``, ``ref``, ``cloud``, ``each`` or ``join``."""
    if "join" in value:
        return Join(tuple(p if isinstance(p, str) else _named(p) for p in value["join"]))
    return _named(value)


def _named(value: Mapping[str, str]) -> Part:
    if "cloud" in value:
        return CloudValue(value["cloud"])
    if "each" in value:
        return Each(tuple(value["each"].split(".")))
    return Var.read(value["var"]) if "var" in value else Ref.read(value["ref"])


def uses_of(value: Expression, schema: Mapping[str, Any], path: Path) -> Iterator[Use]:
    """Yield an expression and those that it is made of, each with what fits in its place."""
    yield Use(path, value, schema)
    if isinstance(value, Join):
        # One secret part makes it a secret: :mod:`.secrecy` asks the whole for it.
        secrecy = "allowed" if schema.get("x-secret") == "required" else schema.get("x-secret")
        part_schema = {"type": list(_PART_TYPES), "x-secret": secrecy}
        for index, part in enumerate(value.parts):
            if not isinstance(part, str):
                yield Use((*path, "join", index), part, part_schema)


@dataclass(frozen=True, slots=True)
class _Reader:
    uses: list[Use]

    def read(self, value: Any, schema: Mapping[str, Any], path: Path) -> Any:
        if isinstance(value, Mapping):
            if "x-arguments" in schema:
                return value  # :mod:`.arguments` reads these, by the provider's schema
            if "x-form" not in schema:
                return self._read_members(value, schema, path)
            found = expression(value)
            self.uses.extend(uses_of(found, schema, path))
            return found
        if isinstance(value, list):
            items = schema["items"]
            return tuple(self.read(item, items, (*path, index)) for index, item in enumerate(value))
        return value

    def _read_members(
        self, value: Mapping[str, Any], schema: Mapping[str, Any], path: Path
    ) -> Mapping[str, Any]:
        declared = schema.get("properties", {})
        others = schema.get("additionalProperties")
        defaults = {
            name: rule["default"]
            for name, rule in declared.items()
            if "default" in rule and name not in value
        }
        return MappingProxyType(
            {
                name: self.read(member, declared.get(name, others), (*path, name))
                for name, member in {**value, **defaults}.items()
            }
        )
