"""What variables hold: texts, numbers and switches, and lists, maps and objects of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import quoted

from . import patterns
from .texts import fewest_characters, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCALARS = ("string", "number", "boolean")
MAX_DEPTH = 4
MAX_ATTRIBUTES = 40
MAX_ELEMENTS = 200
MAX_TEXT = 4096
_SHOWN = 5  # of allowed values, in a message


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type as Terraform has it.

    Attributes:
        kind: ``string``, ``number``, ``boolean``, ``list``, ``map`` or ``object``.
        element: what a list or map holds.
        attributes: what an object has, by name.
        optional: whether an object may lack it.
    """

    kind: str
    element: ValueType | None = None
    attributes: Mapping[str, ValueType] = field(default_factory=dict)
    optional: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> ValueType:
        """Read a type from a definition or a part of one; lists and maps hold texts by default."""
        kind: str = given["type"]
        element = given.get("element", {"type": "string"})
        members = given.get("attributes", {})
        return cls(
            kind,
            cls.read(element) if kind in {"list", "map"} else None,
            MappingProxyType({name: cls.read(inner) for name, inner in members.items()}),
            optional=given.get("optional", False),
        )

    def at(self, path: tuple[str, ...]) -> ValueType | None:
        """Return the type of an attribute of an object, or None if there is no such attribute."""
        found: ValueType | None = self
        for name in path:
            found = found.attributes.get(name) if found else None
        return found

    @property
    def is_flat(self) -> bool:
        """Whether it holds scalars and no collections of collections."""
        return self.element is None or self.element.kind in SCALARS

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of its values."""
        if self.kind in SCALARS:
            return {"type": self.kind, **({"maxLength": MAX_TEXT} if self.kind == "string" else {})}
        if self.kind == "object":
            return {
                "type": "object",
                "properties": {name: inner.schema() for name, inner in self.attributes.items()},
                "required": [name for name, inner in self.attributes.items() if not inner.optional],
                "additionalProperties": False,
            }
        inner = self.element.schema() if self.element else {}
        if self.kind == "map":
            return {"type": "object", "additionalProperties": inner, "maxProperties": MAX_ELEMENTS}
        return {"type": "array", "items": inner, "maxItems": MAX_ELEMENTS}

    def __str__(self) -> str:
        return f"{self.kind} of {self.element}" if self.element else self.kind


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a variable's values must satisfy beyond their type.

    Attributes:
        allowed_values: the values there are to choose from; none allows all.
        pattern: a regular expression (RE2) that texts must match.
        minimum: the least number.
        maximum: the greatest number.
        min_length: the fewest characters, elements or members.
        max_length: the most.
    """

    allowed_values: tuple[Any, ...] = ()
    pattern: str = ""
    minimum: float | int | None = None
    maximum: float | int | None = None
    min_length: int | None = None
    max_length: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Constraints:
        """Read the constraints of a variable's definition."""
        return cls(
            tuple(map(normalized, given.get("allowed_values", ()))),
            given.get("pattern", ""),
            given.get("min"),
            given.get("max"),
            given.get("min_length"),
            given.get("max_length"),
        )

    def problems(self, value: Any) -> Iterator[str]:
        """Yield what a value of the right type breaks, in words; of a text, what is certain."""
        value, is_text = normalized(value), isinstance(value, str)
        size = value if isinstance(value, int | float) else len(value)
        if self.allowed_values and value not in self.allowed_values:
            yield f"It is not among {_listed(self.allowed_values)}."
        if self.pattern and not patterns.matches(self.pattern, value):
            yield f"It does not match {self.pattern}."
        least = self.min_length if self.minimum is None else self.minimum
        most = self.max_length if self.maximum is None else self.maximum
        if least is not None and size < least:
            yield f"It is below {least}."
        if most is not None and (fewest_characters(value) if is_text else size) > most:
            yield f"It is above {most}."


def _listed(values: tuple[Any, ...]) -> str:
    """Return the first values for a message, and how many there are beyond these."""
    shown = ", ".join(quoted(value) for value in values[:_SHOWN])
    rest = len(values) - _SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


UNCONSTRAINED = Constraints()

#: The kinds of values that each constraint is about.
APPLY_TO: Mapping[str, tuple[str, ...]] = {
    "allowed_values": SCALARS,
    "pattern": ("string",),
    "min": ("number",),
    "max": ("number",),
    "min_length": ("string", "list", "map"),
    "max_length": ("string", "list", "map"),
    "element": ("list", "map"),
    "attributes": ("object",),
}
