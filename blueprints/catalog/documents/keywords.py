"""JSON Schema's keywords where the library's own would be slow, loose or vague.

Each still means what the specification says; the published schema gives the same verdict in
any other validator, save for a final line break, which only Python's ``$`` would let pass.
What differs: time in proportion to the document, errors in its order, one for each place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import FormatError
from jsonschema.validators import extend

from blueprints.catalog.component_types import formats

Errors = Iterator[ValidationError]
Schema = Mapping[str, Any]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def pattern(_: Any, wanted: str, value: object, schema: Schema) -> Errors:
    """Check a pattern as ECMA-262 means it: ``$`` is the end, not before a last line break.

    A text of the wrong length has a problem already, and a long one could take long.
    """
    if not isinstance(value, str) or not _length_fits(value, schema):
        return
    if not _compiled(wanted).fullmatch(value):
        yield ValidationError("has another form")


def format_(_: Any, wanted: str, value: object, schema: Schema) -> Errors:
    """Check a format of our own, once length and pattern say that it may be one."""
    if not isinstance(value, str) or not _length_fits(value, schema):
        return
    if "pattern" in schema and not _compiled(schema["pattern"]).fullmatch(value):
        return
    try:
        formats.CHECKER.check(value, wanted)
    except FormatError as error:
        yield ValidationError(str(error.cause or "its parts do not fit"))


def _length_fits(value: str, schema: Schema) -> bool:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    return len(value) >= shortest and (longest is None or len(value) <= longest)


def enum(validator: Any, options: list[Any], value: object, schema: Schema) -> Errors:
    """Check a choice, unless the value's type is wrong, which is a problem of its own."""
    if validator.is_type(value, schema["type"]) and value not in options:
        yield ValidationError("is not among the options")


def unique_items(_: Any, wanted: bool, value: object, schema: Schema) -> Errors:
    """Check for repetitions in linear time; the library compares objects pair by pair."""
    if not wanted or not isinstance(value, list) or _too_many(value, schema, "maxItems"):
        return
    seen: set[bytes] = set()
    for index, item in enumerate(value):
        written = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
        if written in seen:
            yield ValidationError("repeats an earlier one", path=[index])
        seen.add(written)


def items(validator: Any, each: Any, value: object, schema: Schema) -> Errors:
    """Check a list's items, unless there are too many, which is a problem of its own."""
    if not isinstance(value, list) or _too_many(value, schema, "maxItems"):
        return
    for index, item in enumerate(value):
        yield from validator.descend(item, each, path=index)


def constraints(validator: Any, given: Any, value: object, schema: Schema) -> Errors:
    """Check what a module's variable demands beyond its type; an expression is no value yet."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    is_expression = "x-form" in schema and isinstance(value, dict)
    if not is_expression and any(validator.is_type(value, kind) for kind in kinds):
        yield from map(ValidationError, given.problems(value))


def required(_: Any, names: list[str], value: object, __: Schema) -> Errors:
    """Yield an error for each missing member; its message is the member's name."""
    if isinstance(value, dict):
        yield from (ValidationError(name) for name in names if name not in value)


def additional_properties(validator: Any, rule: Any, value: object, schema: Schema) -> Errors:
    """Check members that are not declared, in the document's order."""
    if not isinstance(value, dict) or _too_many(value, schema, "maxProperties"):
        return
    known = schema.get("properties", {})
    for name, member in value.items():
        if name in known:
            continue
        if rule is False:
            yield ValidationError(name, path=[name])
        else:
            yield from validator.descend(member, rule, path=name)


def property_names(validator: Any, rule: Any, value: object, schema: Schema) -> Errors:
    """Check members' names; the error's place is the member, its message the name."""
    if not isinstance(value, dict) or _too_many(value, schema, "maxProperties"):
        return
    for name in value:
        if next(iter(validator.descend(name, rule)), None) is not None:
            yield ValidationError(name, path=[name])


def _too_many(value: list[Any] | dict[str, Any], schema: Schema, limit: str) -> bool:
    # An expression stands for a whole value; its limit of one member must not hide what is wrong.
    return "x-form" not in schema and len(value) > schema.get(limit, len(value))


DocumentValidator: Any = extend(  # type: ignore[no-untyped-call]  # published without types
    Draft202012Validator,
    {
        "additionalProperties": additional_properties,
        "enum": enum,
        "format": format_,
        "items": items,
        "pattern": pattern,
        "propertyNames": property_names,
        "required": required,
        "uniqueItems": unique_items,
        "x-constraints": constraints,
    },
)
