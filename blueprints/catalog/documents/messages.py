"""What JSON Schema's errors mean, in words that say what would be right.

Values are not repeated unless they are names: a value may be a secret in the wrong place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Code, Path, Problem, quoted, suggestion

if TYPE_CHECKING:
    from jsonschema import ValidationError


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that breaks one keyword of its schema.

    Attributes:
        value: the value.
        rule: what the keyword demands.
        schema: all that is demanded in that place.
        detail: the member that is missing, unknown or named wrongly, or why a format is broken.
    """

    value: Any
    rule: Any
    schema: Mapping[str, Any]
    detail: str


Explanation = Callable[[Fault, Path], Iterator[Problem]]


_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}

_FORMS = {
    "expression": (
        '{"var": "name"}, {"ref": "component.attribute"}, {"cloud": "region"} or {"join": [parts]}'
    ),
    "join_part": '{"var": "name"}, {"ref": "component.attribute"} or {"cloud": "region"}',
    "label_part": '{"var": "name"} or {"each": "key"}',
    "variable": '{"var": "name"}',
    "label": '{"var": "name"} or {"join": [parts]}',
    "component": '{"ref": "id-of-the-component"}',
    "secret": '{"var": "name-of-a-secret-variable"} or {"ref": "id-of-a-secret"}',
    "secret_variable": '{"var": "name-of-a-secret-variable"}',
}
_MAX_LETTERS = 20  # of a text, tried one by one
_SECRETS = ("secret", "secret_variable")


def explain(error: ValidationError, prefix: Path) -> Iterator[Problem]:
    """Yield what an error means to the author of a document.

    Args:
        error: from a schema whose shared definitions were inlined.
        prefix: where the checked value lies in the document.
    """
    path = (*prefix, *error.absolute_path)
    schema: Any = error.schema
    fault = Fault(error.instance, error.validator_value, schema, error.message)
    yield from _EXPLANATIONS[str(error.validator)](fault, path)


def _wrong_type(fault: Fault, path: Path) -> Iterator[Problem]:
    schema = fault.schema
    form = schema.get("x-form")
    if form in _SECRETS:
        message = (
            'A secret never stands in a document: declare a variable with "secret": true and '
            f"write {_FORMS[form]} here."
        )
        yield Problem.error(path, message, "literal-secret")
        return
    types = fault.rule if isinstance(fault.rule, list) else [schema["type"]]
    plain = [_KINDS[name] for name in types if name != "object" or not form]
    expected = " or ".join([*plain, *([_FORMS[form]] if form else [])])
    yield Problem.error(path, f"Expected {expected}, not {_kind_of(fault.value)}.", "wrong-type")


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds[type(value)]


def _missing(fault: Fault, path: Path) -> Iterator[Problem]:
    name = fault.detail
    meaning = fault.schema.get("properties", {}).get(name, {}).get("description", "")
    yield Problem.error(path, f"{quoted(name)} is missing. {meaning}".strip(), "missing-property")


def _unknown(fault: Fault, path: Path) -> Iterator[Problem]:
    name, form = fault.detail, fault.schema.get("x-form")
    known = fault.schema.get("properties", {})
    hint = f"Write {_FORMS[form]}." if form else suggestion(name, known)
    message = f"There is no property {quoted(name)} here. {hint}"
    yield Problem.error(path, message, "unknown-property")


def _not_an_option(fault: Fault, path: Path) -> Iterator[Problem]:
    options = [str(option) for option in fault.rule]
    if isinstance(fault.value, str):
        given, hint = quoted(fault.value), suggestion(fault.value, options)
    else:
        given, hint = _kind_of(fault.value), f"Choose from {', '.join(options)}."
    yield Problem.error(path, f"{given} cannot be chosen here. {hint}", "unknown-option")


def _wrong_form(fault: Fault, path: Path) -> Iterator[Problem]:
    schema = fault.schema
    parts = ["This does not have the right form."]
    if "description" in schema:
        parts.append(f"Expected: {schema['description']}")
    if "examples" in schema:
        parts.append(f"For example {quoted(schema['examples'][0])}.")
    parts.extend(_odd_character(fault.value, fault.rule))
    parts.append(f"(Pattern: {fault.rule})")
    yield Problem.error(path, " ".join(parts), "wrong-form")


def _odd_character(text: str, pattern: str) -> Iterator[str]:
    """Name the first character beyond ASCII that is to blame: it may look like one that fits."""
    plain = "".join(letter if letter.isascii() else "a" for letter in text)
    if not re.fullmatch(pattern, plain):
        return
    odd = ((at, letter) for at, letter in enumerate(text) if not letter.isascii())
    for at, letter in islice(odd, _MAX_LETTERS):
        if not re.fullmatch(pattern, plain[:at] + letter + plain[at + 1 :]):
            name = unicodedata.name(letter, "a character without a name")
            yield f"Character {at + 1} is U+{ord(letter):04X}, {name}."
            return


def _wrong_format(fault: Fault, path: Path) -> Iterator[Problem]:
    meaning = fault.schema.get("description", "")
    message = f"This is not a valid {fault.rule} ({fault.detail}). Expected: {meaning}"
    yield Problem.error(path, message, "wrong-value")


def _wrong_name(fault: Fault, path: Path) -> Iterator[Problem]:
    parts = [f"The name {quoted(fault.detail)} is not allowed here."]
    parts.append(f"Expected: {fault.rule['description']}")
    parts.extend(_odd_character(fault.detail, fault.rule.get("pattern", "")))
    yield Problem.error(path, " ".join(parts), "wrong-name")


def _bound(code: Code, text: str) -> Explanation:
    def explanation(fault: Fault, path: Path) -> Iterator[Problem]:
        size = len(fault.value) if isinstance(fault.value, str | list | dict) else None
        given = fault.value if size is None else size
        message = text.format(limit=fault.rule, s=_plural(fault.rule), given=given)
        yield Problem.error(path, message, code)

    return explanation


def _plural(count: float) -> str:
    return "" if count == 1 else "s"


def _out_of_bounds(fault: Fault, path: Path) -> Iterator[Problem]:
    yield Problem.error(path, fault.detail, "value-does-not-fit")


def _few_or_many_members(fault: Fault, path: Path) -> Iterator[Problem]:
    form = fault.schema.get("x-form")
    if form:
        yield Problem.error(path, f"Write exactly one member: {_FORMS[form]}.", "wrong-form")
        return
    few = len(fault.value) < fault.rule
    wanted = f"{'least' if few else 'most'} {fault.rule} member{_plural(fault.rule)}"
    message = f"At {wanted}, not {len(fault.value)}."
    yield Problem.error(path, message, "too-few" if few else "too-many")


def _repeated(_: Fault, path: Path) -> Iterator[Problem]:
    yield Problem.error(
        path, "This repeats an earlier item of the list: remove it.", "repeated-item"
    )


_EXPLANATIONS: Mapping[str, Explanation] = {
    "type": _wrong_type,
    "required": _missing,
    "additionalProperties": _unknown,
    "enum": _not_an_option,
    "pattern": _wrong_form,
    "format": _wrong_format,
    "propertyNames": _wrong_name,
    "minimum": _bound("too-small", "At least {limit}, not {given}."),
    "maximum": _bound("too-large", "At most {limit}, not {given}."),
    "minLength": _bound("too-short", "At least {limit} character{s}, not {given}."),
    "maxLength": _bound("too-long", "At most {limit} character{s}, not {given}."),
    "minItems": _bound("too-few", "At least {limit} item{s}, not {given}."),
    "maxItems": _bound("too-many", "At most {limit} item{s}, not {given}."),
    "minProperties": _few_or_many_members,
    "maxProperties": _few_or_many_members,
    "uniqueItems": _repeated,
    "x-constraints": _out_of_bounds,
}
