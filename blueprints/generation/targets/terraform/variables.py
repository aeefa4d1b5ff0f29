"""Variables as Terraform declares them: types, defaults and the rules that values must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.targets.terraform import hcl
from blueprints.generation.targets.terraform.names import variable_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blueprints.catalog.documents.value_types import ValueType
    from blueprints.generation.ir import Value, Variable

_SCALARS = {"string": "string", "number": "number", "boolean": "bool"}
_PLACEHOLDERS: dict[str, Value] = {
    "string": "",
    "number": 0,
    "boolean": False,
    "list": (),
    "map": {},
}
_KEY_RULE = "Keys have 1 to 12 lower-case letters, digits and hyphens within."
_NULL = hcl.Code("null")


def declaration(variable: Variable) -> str:
    """Render a variable's block."""
    arguments: dict[str, Value | hcl.Code] = {"type": hcl.Code(_type(variable.type, 1))}
    if variable.description:
        arguments["description"] = variable.description
    if variable.default is not None:
        arguments["default"] = variable.default
    elif variable.nullable:
        arguments["default"] = _NULL
    if variable.sensitive:
        arguments["sensitive"] = True
    if variable.nullable is False:
        arguments["nullable"] = False
    header = f"variable {hcl.quoted(variable_name(variable))}"
    return hcl.block(header, arguments, list(_validations(variable)))


def must_be_given(variable: Variable) -> bool:
    """Whether each deployment must give a value."""
    return variable.default is None and not variable.nullable


def assignments(given: Iterable[tuple[Variable, Value | None]]) -> str:
    """Render values of variables; None is null."""
    lines = [
        hcl.Assignment(variable_name(variable), "null" if value is None else hcl.expression(value))
        for variable, value in given
    ]
    return "\n" + hcl.aligned(lines, depth=0) if lines else ""


def placeholder(variable: Variable) -> hcl.Assignment:
    """Render a value to be replaced: of the right type, and never a secret's."""
    return hcl.Assignment(variable_name(variable), hcl.expression(_placeholder(variable.type)))


def _placeholder(value_type: ValueType) -> Value:
    if value_type.kind == "object":
        return {name: _placeholder(inner) for name, inner in value_type.attributes.items()}
    return _PLACEHOLDERS[value_type.kind]


def _type(value_type: ValueType, depth: int) -> str:
    if value_type.kind in _SCALARS:
        return _SCALARS[value_type.kind]
    if value_type.element:
        return f"{value_type.kind}({_type(value_type.element, depth)})"
    members = [
        hcl.Assignment(name, _attribute_type(inner, depth + 1))
        for name, inner in value_type.attributes.items()
    ]
    return "object({\n" + hcl.aligned(members, depth + 1) + f"{hcl.INDENT * depth}}})"


def _attribute_type(value_type: ValueType, depth: int) -> str:
    found = _type(value_type, depth)
    return f"optional({found})" if value_type.optional else found


def _validations(variable: Variable) -> Iterator[str]:
    if variable.pattern:
        condition = _matches(variable, variable.pattern)
        if variable.forbidden:
            condition += f" && !{_matches(variable, variable.forbidden)}"
        yield _validation(condition, variable.rule)
    for condition, rule in _conditions(variable):
        if variable.nullable:
            # Not with "||": older releases compute both of its sides.
            yield _validation(f"{_name(variable)} == null ? true : {condition}", rule)
        else:
            yield _validation(condition, rule)


def _conditions(variable: Variable) -> Iterator[tuple[str, str]]:
    """Yield the constraints as conditions, each with what a value that breaks it is told."""
    given, name = variable.constraints, _name(variable)
    if given.allowed_values:
        shown = ", ".join(map(_shown, given.allowed_values))
        yield f"contains({hcl.expression(given.allowed_values, 2)}, {name})", f"Choose {shown}."
    if given.pattern:
        yield _matches(variable, given.pattern), f"The value must match {given.pattern}."
    for bound, sign, word in ((given.minimum, ">=", "least"), (given.maximum, "<=", "most")):
        if bound is not None:
            yield f"{name} {sign} {hcl.number(bound)}", f"The value must be at {word} {bound}."
    for path in variable.key_paths:
        holder, found = ".".join((name, *path)), variable.type.at(path)
        keys = holder if found and found.kind == "list" else f"keys({holder})"
        matches = f"can(regex({hcl.quoted(variable.key_pattern)}, key))"
        yield f"alltrue([for key in {keys} : {matches}])", _KEY_RULE
    what = "characters" if variable.type.kind == "string" else "elements"
    for size, sign, word in ((given.min_length, ">=", "least"), (given.max_length, "<=", "most")):
        if size is not None:
            yield f"length({name}) {sign} {size}", f"The value must have at {word} {size} {what}."


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _validation(condition: str, rule: str) -> str:
    arguments: dict[str, Value | hcl.Code] = {
        "condition": hcl.Code(condition),
        "error_message": rule,
    }
    return hcl.block("validation", arguments, depth=1)


def _matches(variable: Variable, pattern: str) -> str:
    return f"can(regex({hcl.quoted(pattern)}, {_name(variable)}))"


def _name(variable: Variable) -> str:
    return f"var.{variable_name(variable)}"
