"""Variables: whether their definitions make sense, and typed values of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from blueprints.catalog.problems import Path, Problem, quoted

from . import conformance, patterns, secrecy, stores
from .model import Variable
from .secret_signs import gives_secret_away
from .value_types import APPLY_TO, Constraints, ValueType

Json = Mapping[str, Any]

# Words that HCL reads as its own where an object's type names its attributes.
_KEYWORDS = frozenset({"for", "if", "in", "else", "endif", "endfor", "true", "false", "null"})
# What says nothing about a value that a store holds.
_OF_GIVEN = {"max_length", "min_length", "nullable", "pattern"}
_BOUNDS = (("min", "max"), ("min_length", "max_length"))


def read(name: str, given: Json) -> Variable:
    """Return a variable, of a definition that has the right shape."""
    value_type = ValueType.read(given)
    return Variable(
        name=name,
        type=value_type.kind,
        description=given.get("description", ""),
        default=frozen(given.get("default")),
        secret=given.get("secret", False),
        element=value_type.element,
        attributes=value_type.attributes,
        nullable=given.get("nullable", False),
        constraints=Constraints.read(given),
        stored=stores.read(given.get("from")),
    )


def frozen(value: Any) -> Any:
    """Return JSON values that nobody can change."""
    if isinstance(value, dict):
        return MappingProxyType({name: frozen(member) for name, member in value.items()})
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value


def problems(given: Json, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with a definition that has the right shape."""
    contradictions = [
        *_misplaced(given, path),
        *_pattern_problems(given, path),
        *_contradictions(given, path),
    ]
    contradictions = contradictions or list(_unfit_choices(given, path))
    yield from contradictions
    if "from" in given:
        yield from _stored_problems(given, path)
    if given.get("secret", False):
        yield from _secret_problems(given, path)
    elif "default" in given and not (given["default"] is None and given.get("nullable", False)):
        broken = list(_type_problems(given, given["default"], (*path, "default")))
        yield from broken
        if gives_secret_away(str(path[-1]), given["default"]):
            yield secrecy.readable((*path, "default"))
        if not broken and not contradictions:
            yield from value_problems(given, given["default"], (*path, "default"))


def _stored_problems(given: Json, path: Path) -> Iterator[Problem]:
    if not given.get("secret", False):
        message = 'What comes out of a store is secret: say "secret": true.'
        yield Problem.error((*path, "from"), message, "not-a-secret")
    for member in sorted(_OF_GIVEN & given.keys()):
        message = f"{quoted(member)} is for values that somebody gives; a store holds this one."
        yield Problem.error((*path, member), message, "contradiction")


def value_problems(given: Json, value: Any, path: Path) -> Iterator[Problem]:
    """Yield what a value of the right type breaks of a definition's constraints."""
    for message in Constraints.read(given).problems(value):
        yield Problem.error(path, message, "default-does-not-fit")


def _type_problems(given: Json, value: Any, path: Path) -> Iterator[Problem]:
    yield from conformance.value_problems(ValueType.read(given).schema(), value, path)


def _misplaced(given: Json, path: Path) -> Iterator[Problem]:
    """Yield members that say nothing about this kind of value, at any depth."""
    kind = given["type"]
    for member, kinds in APPLY_TO.items():
        if member in given and kind not in kinds:
            message = f"{quoted(member)} is for {' or '.join(kinds)}, not for {kind}."
            yield Problem.error((*path, member), message)
    if kind == "object" and not given.get("attributes"):
        message = 'An object has "attributes", by name; a map holds values under any names.'
        yield Problem.error(path, message)
    if isinstance(given.get("element"), dict):
        yield from _misplaced(given["element"], (*path, "element"))
    for name, inner in given.get("attributes", {}).items():
        if name in _KEYWORDS:
            message = f"Terraform keeps {quoted(name)} for itself: give the attribute another name."
            yield Problem.error((*path, "attributes", name), message, "wrong-name")
        yield from _misplaced(inner, (*path, "attributes", name))


def _pattern_problems(given: Json, path: Path) -> Iterator[Problem]:
    try:
        patterns.check(given.get("pattern", ""))
    except ValueError as error:
        yield Problem.error((*path, "pattern"), str(error), "wrong-value")


def _contradictions(given: Json, path: Path) -> Iterator[Problem]:
    for least, most in _BOUNDS:
        if least in given and most in given and given[least] > given[most]:
            message = f"{least} is {given[least]}, above {most}, which is {given[most]}."
            yield Problem.error((*path, least), message)
    for index, value in enumerate(given.get("allowed_values", ())):
        place = (*path, "allowed_values", index)
        if list(_type_problems({"type": given["type"]}, value, place)):
            yield Problem.error(place, f"This is no {given['type']}.")


def _unfit_choices(given: Json, path: Path) -> Iterator[Problem]:
    """Yield values to choose from that the other rules refuse, so that nobody can choose them."""
    rules = replace(Constraints.read(given), allowed_values=())
    for index, value in enumerate(given.get("allowed_values", ())):
        for message in rules.problems(value):
            yield Problem.error((*path, "allowed_values", index), message)


def _secret_problems(given: Json, path: Path) -> Iterator[Problem]:
    for member in ("default", "allowed_values"):
        if member in given:
            message = f"A secret has no {member}: it would stand in the document for all to read."
            yield Problem.error((*path, member), message, "literal-secret")
    if given["type"] != "string":
        message = f"A secret is of type string, not {given['type']}."
        yield Problem.error((*path, "type"), message, "wrong-type")
