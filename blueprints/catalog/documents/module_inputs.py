"""What a module is given: held to its variables, and as far as it is known before a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types import definitions, fields
from blueprints.catalog.problems import Problem, quoted

from . import conformance
from .expressions import CloudValue, Each, Join, Ref, Var, text_of, variables_of
from .known_values import at
from .plain import plain
from .value_types import SCALARS

if TYPE_CHECKING:
    from .expressions import Part
    from .model import Variable
    from .reading import Use

Json = Mapping[str, Any]
Variables = Mapping[str, "Variable"]


def schema(variables: Variables) -> dict[str, Any]:
    """Return the inlined schema of what a module with these variables is given."""
    members = {name: _input(variable) for name, variable in variables.items()}
    needed = [name for name, variable in variables.items() if variable.is_required]
    whole = fields.record("Values of its variables.", members, required=needed)
    found: dict[str, Any] = conformance.inlined(whole)
    return found


def _input(variable: Variable) -> dict[str, Any]:
    if variable.secret:
        return fields.secret_variable(variable.description)
    literal = _value_of(variable)
    is_listed = variable.type == "list" and variable.value_type.is_flat
    if variable.type not in SCALARS and not is_listed:
        literal = {"type": "object"}  # a literal would look like an expression
    kinds = list(dict.fromkeys((literal["type"], "object")))
    return {**literal, "description": variable.description, "type": kinds, **definitions.EXPRESSION}


def _value_of(variable: Variable) -> dict[str, Any]:
    """Return the schema of what a module's variable may become."""
    accepts = {"x-accepts": (variable.type,), "x-secret": "refused"}
    nullable = {"x-nullable": variable.nullable}
    limits = {"x-constraints": variable.constraints}
    return {**variable.value_type.schema(), **accepts, **nullable, **limits}


def in_its_place(use: Use, asked: Variables) -> Use:
    """Hold a variable to what a module's variable may become, not to what is written for it."""
    variable = asked[str(use.path[-1])] if use.path[-2] == "inputs" else None
    return replace(use, schema=_value_of(variable)) if variable and not variable.secret else use


def collection_problems(
    uses: tuple[Use, ...], asked: Variables, variables: Variables
) -> Iterator[Problem]:
    """Yield lists, maps and objects that do not hold what the module's variables do."""
    for use in uses:
        wanted = asked[str(use.path[-1])].value_type if use.path[-2] == "inputs" else None
        known = variables.get(use.value.name) if isinstance(use.value, Var) else None
        if wanted is None or known is None or not isinstance(use.value, Var):
            continue
        found = known.value_type.at(use.value.path)
        if found and found.kind == wanted.kind and replace(found, optional=False) != wanted:
            message = f"{quoted(str(use.value))} does not hold what the module takes."
            yield Problem.error((*use.path, "var"), message, "type-mismatch")


def known(inputs: Json, asked: Variables, variables: Variables) -> dict[str, Any]:
    """Return the inputs that are known before a deployment, by default if by no more.

    Args:
        inputs: as they were read.
        asked: the module's variables.
        variables: those of the document around it.
    """
    found = {}
    for name, value in inputs.items():
        if isinstance(value, Var | Join):
            default = plain(_value(value, variables, {}))
            if _fits(default, asked[name]):  # what does not fit is reported there
                found[name] = default
        elif not isinstance(value, Ref | CloudValue | Each):
            found[name] = plain(value)
    return found


def of_environments(
    inputs: Json, asked: Variables, variables: Variables, environments: Mapping[str, Json]
) -> Json:
    """Return what each environment of the document around a module makes of its inputs."""
    return {
        name: {"values": dict(_of_environment(inputs, asked, variables, values))}
        for name, values in environments.items()
    }


def _of_environment(
    inputs: Json, asked: Variables, variables: Variables, values: Json
) -> Iterator[tuple[str, Any]]:
    for name, value in inputs.items():
        named = variables_of(value) if isinstance(value, Var | Join) else ()
        if not values.keys().isdisjoint(named):
            found = plain(_value(value, variables, values))
            if _fits(found, asked[name]):  # what does not fit is reported there
                yield name, found


def _value(expression: Var | Join, variables: Variables, values: Json) -> Any:
    """Return what an expression is with these values, and by default where there are none."""

    def held(part: Part) -> Any:
        if isinstance(part, Var) and part.name in values:
            return at(values[part.name], part.path)
        variable = variables.get(part.name) if isinstance(part, Var) else None
        return variable.default_at(part.path) if variable and isinstance(part, Var) else None

    return text_of(expression, held) if isinstance(expression, Join) else held(expression)


def _fits(value: Any, variable: Variable) -> bool:
    if value is None or variable.secret:
        return False
    return not list(conformance.value_problems(_value_of(variable), value, ()))
