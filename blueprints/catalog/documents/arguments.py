"""A provider's own arguments, as documents write them, checked against the provider's schema.

They are written as in Terraform's JSON syntax: one object for arguments and nested blocks alike,
a block as an object, or as a list of objects where it may repeat. The schema tells them apart.

An object whose only member is ``ref``, ``var``, ``cloud``, ``each``, ``join``
or ``jsonencode`` is an expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import attributes, conformance, locked
from .model import Arguments, JsonEncode
from .problems import Code, Path, Problem, quoted, suggestion
from .reading import COLLECTIONS, Use, expression, uses_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.provider_schemas import Argument, Body

_EXPRESSIONS = frozenset({"cloud", "each", "join", "jsonencode", "ref", "var"})
_SCALARS = ("string", "number", "boolean")
_ANYTHING = (*_SCALARS, "array", "object")
#: The types of values that Terraform takes for each type of argument, converting as it does.
_ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "string": _SCALARS,
    "number": ("number",),
    "boolean": ("boolean",),
    "list": ("array",),
    "list(object)": ("array",),
    "map": ("object",),
    "any": _ANYTHING,
}
#: The types of variables and attributes that fit.
_VARIABLE_TYPES: Mapping[str, tuple[str, ...]] = {
    "string": _SCALARS,
    "number": ("number",),
    "boolean": ("boolean",),
    "list": ("list",),
    "list(object)": ("list",),
    "map": ("map", "object"),
    "any": (*_SCALARS, *COLLECTIONS),
}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str, int, float),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(slots=True)
class ArgumentReader:
    """Reads arguments, and collects what is wrong with them and the expressions in them.

    Attributes:
        overriding: whether they go on top of what a component's properties decide.
    """

    overriding: bool
    faults: list[Problem] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    def read(
        self, value: Mapping[str, Any], body: Body, path: Path, *, nested: bool = False
    ) -> Arguments:
        """Read the content of a resource or block."""
        arguments: dict[str, Any] = {}
        blocks: list[tuple[str, Arguments]] = []
        for name, member in value.items():
            place = (*path, name)
            if self._is_refused(name, body, place, nested=nested):
                continue
            if name in body.blocks:
                inner = body.blocks[name]
                blocks += [(name, each) for each in self._blocks(member, inner, place)]
            else:
                arguments[name] = self._argument(name, member, body.arguments[name], place)
        if not self.overriding:
            self._note_missing(value, body, path)
        return Arguments(MappingProxyType(arguments), tuple(blocks))

    def _is_refused(self, name: str, body: Body, path: Path, *, nested: bool) -> bool:
        before = len(self.faults)
        if name not in body.arguments and name not in body.blocks:
            self._note_unknown(name, body, path)
        elif self.overriding and (reason := locked.reason(name, nested=nested)):
            message = (
                f"{quoted(name)} {reason}, so it cannot be overridden: set the component's "
                "properties, or write the resource as a component of type raw."
            )
            self._note(path, "locked-argument", message)
        return len(self.faults) > before

    def _note_unknown(self, name: str, body: Body, path: Path) -> None:
        if name in body.computed:
            self._note(path, "read-only-argument", f"{quoted(name)} can only be read.")
            return
        hint = suggestion(name, (*body.arguments, *body.blocks))
        self._note(path, "unknown-argument", f"There is no argument {quoted(name)} here. {hint}")

    def _note_missing(self, value: Mapping[str, Any], body: Body, path: Path) -> None:
        wanted = [name for name, known in body.arguments.items() if known.required]
        wanted += [name for name, known in body.blocks.items() if known.required]
        for name in wanted:
            if name not in value:
                self._note(path, "missing-argument", f"{quoted(name)} is missing.")

    def _blocks(self, value: object, body: Body, path: Path) -> Iterator[Arguments]:
        if isinstance(value, dict):
            yield self.read(value, body, path, nested=True)
            return
        if not isinstance(value, list) or not body.repeatable:
            expected = "an object or a list of objects" if body.repeatable else "an object"
            self._note(path, "wrong-argument", f"This is a block: expected {expected}.")
            return
        for index, item in enumerate(value):
            place = (*path, index)
            if isinstance(item, dict):
                yield self.read(item, body, place, nested=True)
            else:
                self._note(place, "wrong-argument", "This is a block: expected an object.")

    def _argument(self, name: str, value: Any, known: Argument, path: Path) -> Any:
        if is_expression(value):
            return self._expression(name, value, known.type, path)
        if isinstance(value, str) and _holds_secret(name, known.type):
            message = (
                'A secret never stands in a document: declare a variable with "secret": true and '
                'write {"var": "its-name"} here.'
            )
            self._note(path, "literal-secret", message)
            return None
        if not _fits(value, known.type):
            kind = known.type.replace("(object)", " of objects")
            self._note(path, "wrong-argument", f"{quoted(name)} takes a {kind}.")
            return None
        if known.type == "list(object)":
            return tuple(
                self._members(item, known, (*path, index)) for index, item in enumerate(value)
            )
        return self._free(value, path)

    def _members(self, value: object, known: Argument, path: Path) -> Any:
        if not isinstance(value, dict):
            self._note(path, "wrong-argument", "Expected an object.")
            return None
        found = {}
        for name, member in value.items():
            place = (*path, name)
            if name in known.members:
                found[name] = self._argument(name, member, known.members[name], place)
            else:
                hint = suggestion(name, known.members)
                message = f"There is no member {quoted(name)} here. {hint}"
                self._note(place, "unknown-argument", message)
        return MappingProxyType(found)

    def _free(self, value: Any, path: Path) -> Any:
        """Read a value of any depth, with expressions anywhere in it."""
        if is_expression(value):
            return self._expression("", value, "any", path)
        if isinstance(value, dict):
            return MappingProxyType({k: self._free(v, (*path, k)) for k, v in value.items()})
        if isinstance(value, list):
            return tuple(self._free(item, (*path, index)) for index, item in enumerate(value))
        if value is None:
            self._note(path, "wrong-argument", "null says nothing here: leave it out.")
        return value

    def _expression(self, name: str, value: Mapping[str, Any], kind: str, path: Path) -> Any:
        if "jsonencode" in value:
            if "string" not in _ACCEPTED[kind]:
                self._note(path, "wrong-argument", f"JSON text is no {kind}.")
            return JsonEncode(self._free(value["jsonencode"], (*path, "jsonencode")))
        problems = list(conformance.expression_problems(value, path))
        if problems:
            self.faults.extend(problems)
            return None
        secrecy = "required" if _holds_secret(name, kind) else "allowed"
        schema = {
            "type": list(_ACCEPTED[kind]),
            "x-accepts": _VARIABLE_TYPES[kind],
            "x-secret": secrecy,
        }
        found = expression(value)
        self.uses.extend(uses_of(found, schema, path))
        return found

    def _note(self, path: Path, code: Code, message: str) -> None:
        self.faults.append(Problem.at(path, code, message))


def is_expression(value: object) -> bool:
    """Whether an object stands for a value that is known later."""
    return isinstance(value, dict) and len(value) == 1 and not _EXPRESSIONS.isdisjoint(value)


def _holds_secret(name: str, kind: str) -> bool:
    return kind == "string" and attributes.is_secret_name(name)


def _fits(value: object, kind: str) -> bool:
    if value is None or (isinstance(value, bool) and kind == "number"):
        return False
    return any(isinstance(value, _KINDS[name]) for name in _ACCEPTED[kind])
