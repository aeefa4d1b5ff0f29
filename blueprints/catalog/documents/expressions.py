"""What stands in a document for a value that is known later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: to a component, or to an attribute that it will have once it exists.

    Attributes:
        component: the id of the component.
        attribute: the attribute's name, or None for the component itself.
    """

    component: str
    attribute: str | None = None

    @classmethod
    def read(cls, text: str) -> Ref:
        """Read ``component`` or ``component.attribute``."""
        component, _, attribute = text.partition(".")
        return cls(component, attribute or None)

    def __str__(self) -> str:
        return f"{self.component}.{self.attribute}" if self.attribute else self.component


@dataclass(frozen=True, slots=True)
class Var:
    """The use of a variable of the document, or of an attribute of the object that it holds.

    Attributes:
        name: the variable's name.
        path: the attributes that lead to the value.
    """

    name: str
    path: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Var:
        """Read ``name`` or ``name.attribute``."""
        name, *path = text.split(".")
        return cls(name, tuple(path))

    def __str__(self) -> str:
        return ".".join((self.name, *self.path))


@dataclass(frozen=True, slots=True)
class CloudValue:
    """What the cloud knows of the place of a deployment.

    Attributes:
        name: one of ``CLOUD_VALUES``.
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Each:
    """What is another for each instance of a repeated component.

    Attributes:
        path: ``key``, ``value`` and what lies in it, or ``index``.
    """

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


#: What can be asked, and the type of the answer.
CLOUD_VALUES: Mapping[str, str] = {
    "account_id": "string",
    "partition": "string",
    "region": "string",
    "zones": "list",
}


#: What one value stands for, alone or in a text.
Part: TypeAlias = Ref | Var | CloudValue | Each


@dataclass(frozen=True, slots=True)
class Join:
    """Text put together from literal text and values that are known later.

    Attributes:
        parts: in order.
    """

    parts: tuple[str | Part, ...]


@dataclass(frozen=True, slots=True)
class JsonEncode:
    """A value that a provider takes as JSON text, such as a policy."""

    value: Any


Expression: TypeAlias = Part | Join


def parts_of(expression: Expression) -> tuple[Part, ...]:
    """Return the values known later that an expression is made of."""
    if isinstance(expression, Join):
        return tuple(part for part in expression.parts if not isinstance(part, str))
    return (expression,)


def variables_of(expression: Expression) -> frozenset[str]:
    """Return the variables that an expression is made of."""
    return frozenset(part.name for part in parts_of(expression) if isinstance(part, Var))


def text_of(value: Join, known: Callable[[Part], Any]) -> str | None:
    """Return what parts come to, as they are known; None if one is not."""
    text = ""
    for part in value.parts:
        found = part if isinstance(part, str) else known(part)
        if not isinstance(found, str | int | float):
            return None
        text += as_text(found)
    return text


def as_text(value: Any) -> str:
    """Write a switch as Terraform does; numbers are the same."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def variables_at(path: Iterable[str | int], document: Any) -> Iterator[str]:
    """Yield the variables that stand on the way to a place in JSON values."""
    for step in path:
        try:
            document = document[step]
        except (IndexError, KeyError, TypeError):
            return  # a default: nobody wrote it
        if isinstance(document, dict):
            for part in (document, *_joined(document)):
                if isinstance(part, dict) and isinstance(part.get("var"), str):
                    yield Var.read(part["var"]).name


def _joined(value: Mapping[str, Any]) -> list[Any]:
    parts = value.get("join")
    return parts if isinstance(parts, list) else []
