"""A provider's own arguments, as documents write them, checked against the provider's schema.

They are written as in Terraform's JSON syntax: one object for arguments and nested blocks alike,
a block as an object, or as a list of objects where it may repeat. The schema tells them apart.

An object whose only member is ``ref``, ``var``, ``cloud``, ``each``, ``join``
or ``jsonencode`` is an expression.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Code, Path, Problem, quoted, suggestion
from blueprints.catalog.provider_schemas import Argument

from . import conformance, locked, secrecy
from .expressions import Join, JsonEncode, parts_of
from .model import Arguments
from .reading import COLLECTIONS, Use, expression, uses_of
from .secret_signs import is_secret_name, is_secret_text, is_secret_under

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.provider_schemas import Body

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
#: No secret fits in these, whatever their name is.
_NEVER_SECRET = frozenset({"number", "boolean"})
#: Maps of the provider hold texts, numbers or switches, and no null; Terraform converts them.
_ELEMENT = Argument("string", required=True, members={})
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
        overridden: the resource type whose resources they change, on top of what a component's
            properties decide; None where they are all that a resource says.
    """

    overridden: str | None
    faults: list[Problem] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    def read(
        self, value: Mapping[str, Any], body: Body, path: Path, within: tuple[str, ...] = ()
    ) -> Arguments:
        """Read the content of a resource or block, which stands within blocks of these types."""
        added = bool(within) and self._is_added(within, body)
        arguments: dict[str, Any] = {}
        blocks: list[tuple[str, Arguments]] = []
        for name, member in value.items():
            place = (*path, name)
            if self._is_refused(name, member, body, place, within):
                continue
            if name in body.blocks:
                inner, below = body.blocks[name], (*within, name)
                blocks += [(name, each) for each in self._blocks(member, inner, place, below)]
            else:
                secret = name in body.sensitive or _is_secret(name, value)
                known = body.arguments[name]
                arguments[name] = self._argument(name, member, known, place, secret=secret)
        if self.overridden is None or added:
            self._note_missing(value, body, path)
        return Arguments(MappingProxyType(arguments), tuple(blocks))

    def _is_refused(
        self, name: str, member: object, body: Body, path: Path, within: tuple[str, ...]
    ) -> bool:
        before = len(self.faults)
        if name not in body.arguments and name not in body.blocks:
            self._note_unknown(name, body, path)
        elif self.overridden is not None and not locked.is_secure(name, member):
            self._note_locked(self.overridden, (*within, name), path, body.blocks.get(name))
        return len(self.faults) > before

    def _is_added(self, within: tuple[str, ...], block: Body) -> bool:
        """Whether overrides add a block, so that nothing of the component's is in it."""
        merges = not block.repeatable
        return self.overridden is not None and locked.is_added(
            self.overridden, within, merges=merges
        )

    def _note_locked(
        self, resource_type: str, names: tuple[str, ...], path: Path, block: Body | None
    ) -> None:
        merges = block is not None and not block.repeatable
        reason = locked.reason(resource_type, names, merges=merges)
        if reason is None and block is not None and self._is_added(names, block):
            reason = locked.reason_of_added(block)
        if reason is not None:
            message = (
                f"{quoted(names[-1])} {reason}, so it cannot be overridden: set the component's "
                "properties, or write the resource as a component of type raw."
            )
            self._note(path, "locked-argument", message)

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

    def _blocks(
        self, value: object, body: Body, path: Path, within: tuple[str, ...]
    ) -> Iterator[Arguments]:
        if isinstance(value, dict):
            yield self.read(value, body, path, within)
            return
        if not isinstance(value, list) or not body.repeatable:
            expected = "an object or a list of objects" if body.repeatable else "an object"
            self._note(path, "wrong-argument", f"This is a block: expected {expected}.")
            return
        for index, item in enumerate(value):
            place = (*path, index)
            if isinstance(item, dict):
                yield self.read(item, body, place, within)
            else:
                self._note(place, "wrong-argument", "This is a block: expected an object.")

    def _argument(self, name: str, value: Any, known: Argument, path: Path, *, secret: bool) -> Any:
        if is_expression(value):
            nullable = not known.required
            return self._expression(value, known.type, path, secret=secret, nullable=nullable)
        if not _fits(value, known.type):
            kind = known.type.replace("(object)", " of objects")
            self._note(path, "wrong-argument", f"{quoted(name)} takes a {kind}.")
            return None
        if known.type == "list(object)":
            return tuple(
                self._members(item, known, (*path, index)) for index, item in enumerate(value)
            )
        if known.type == "map":
            return MappingProxyType(dict(self._elements(value, path, secret=secret)))
        return self._free(value, path, secret=secret and known.type not in _NEVER_SECRET)

    def _elements(
        self, value: Mapping[str, Any], path: Path, *, secret: bool
    ) -> Iterator[tuple[str, Any]]:
        """Read the members of a map of the provider's: each is a text, or becomes one."""
        for name, member in value.items():
            holds = secret or _holds_secret(name, value)
            yield name, self._argument(name, member, _ELEMENT, (*path, name), secret=holds)

    def _members(self, value: object, known: Argument, path: Path) -> Any:
        if not isinstance(value, dict):
            self._note(path, "wrong-argument", "Expected an object.")
            return None
        found = {}
        for name, member in value.items():
            place = (*path, name)
            if name in known.members:
                secret = _is_secret(name, value)
                found[name] = self._argument(
                    name, member, known.members[name], place, secret=secret
                )
            else:
                hint = suggestion(name, known.members)
                message = f"There is no member {quoted(name)} here. {hint}"
                self._note(place, "unknown-argument", message)
        # Terraform wants all members of such an object, if only to hear that they are not set.
        unset = dict.fromkeys(name for name in known.members if name not in found)
        return MappingProxyType({**found, **unset})

    def _free(self, value: Any, path: Path, *, secret: bool, json: bool = False) -> Any:
        """Read a value of any depth, with expressions anywhere in it; JSON may hold null."""
        if is_expression(value):
            return self._expression(value, "any", path, secret=secret)
        if isinstance(value, dict):
            members = self._free_members(value, path, secret=secret, json=json)
            return MappingProxyType(dict(members))
        if isinstance(value, list):
            return tuple(
                self._free(item, (*path, index), secret=secret, json=json)
                for index, item in enumerate(value)
            )
        if value is None and not json:
            self._note(path, "wrong-argument", "null says nothing here: leave it out.")
        elif (secret and not isinstance(value, bool | None)) or _is_secret_text(value):
            self.faults.append(secrecy.literal(path))
        return value

    def _free_members(
        self, value: Mapping[str, Any], path: Path, *, secret: bool, json: bool
    ) -> Iterator[tuple[str, Any]]:
        for name, member in value.items():
            holds = secret or _holds_secret(name, value)
            yield name, self._free(member, (*path, name), secret=holds, json=json)

    def _expression(
        self,
        value: Mapping[str, Any],
        kind: str,
        path: Path,
        *,
        secret: bool,
        nullable: bool = False,
    ) -> Any:
        secret = secret and kind not in _NEVER_SECRET
        if "jsonencode" in value:
            if "string" not in _ACCEPTED[kind]:
                self._note(path, "wrong-argument", f"JSON text is no {kind}.")
            return self._json(value["jsonencode"], (*path, "jsonencode"), secret=secret)
        problems = list(conformance.expression_problems(value, path))
        if problems:
            self.faults.extend(problems)
            return None
        schema = {
            "type": list(_ACCEPTED[kind]),
            "x-accepts": _VARIABLE_TYPES[kind],
            "x-secret": "required" if secret else "allowed",
            "x-nullable": nullable,
        }
        found = expression(value)
        texts = found.parts if isinstance(found, Join) else ()
        if any(_is_secret_text(part) for part in texts):
            self.faults.append(secrecy.literal(path))
        self.uses.extend(uses_of(found, schema, path))
        return found

    def _json(self, content: Any, path: Path, *, secret: bool) -> JsonEncode:
        """Read a value that becomes text: one secret in it makes all of it secret."""
        before = len(self.uses)
        found = self._free(content, path, secret=False, json=True)
        if secret:
            parts = [part for use in self.uses[before:] for part in parts_of(use.value)]
            schema = {"type": ["string"], "x-secret": "required"}
            self.uses.append(Use(path, Join(tuple(parts)), schema))
        return JsonEncode(found)

    def _note(self, path: Path, code: Code, message: str) -> None:
        self.faults.append(Problem.error(path, message, code))


def is_expression(value: object) -> bool:
    """Whether an object stands for a value that is known later."""
    return isinstance(value, dict) and len(value) == 1 and not _EXPRESSIONS.isdisjoint(value)


def _is_secret(name: str, members: Mapping[str, Any]) -> bool:
    """Whether a member holds a secret: its name says so, or the name that stands beside a value.

    Environment variables are often lists of ``{"name": "DB_PASSWORD", "value": …}``.
    """
    if name.lower() != "value":
        return is_secret_name(name)
    labels = [label for member, label in members.items() if member.lower() == "name"]
    return any(
        isinstance(label, str) and (is_secret_name(label) or is_secret_under(label, members[name]))
        for label in labels
    )


def _holds_secret(name: str, members: Mapping[str, Any]) -> bool:
    """Whether a member is a secret by its own name, or by the name beside its value."""
    return _is_secret(name, members) or is_secret_under(name, members[name])


def _is_secret_text(value: object) -> bool:
    return isinstance(value, str) and (is_secret_text(value) or _is_json_with_secret(value))


def _is_json_with_secret(text: str) -> bool:
    """Whether a text is JSON in which a member is a secret by its name, as in ``jsonencode``."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        waiting = [(json.loads(text), False)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value, secret = waiting.pop()
        if isinstance(value, dict):
            waiting += [
                (each, secret or _holds_secret(name, value)) for name, each in value.items()
            ]
        elif isinstance(value, list):
            waiting += [(each, secret) for each in value]
        elif secret and not isinstance(value, bool | None):
            return True
    return False


def _fits(value: object, kind: str) -> bool:
    if value is None or (isinstance(value, bool) and kind == "number"):
        return False
    return any(isinstance(value, _KINDS[name]) for name in _ACCEPTED[kind])
