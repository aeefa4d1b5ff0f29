"""What variables may hold, against the places where they are used.

A choice that no deployment could make is found before one makes it. Choices that cloud rules would
refuse are not judged here: rules see a variable's default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.problems import Problem, pointer

from . import conformance
from .expressions import Var
from .limits import MAX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drafts import Draft
    from .model import Variable
    from .reading import Use

#: For each bound of a variable, what bounds the values of a place, and whether it is the lower end.
_BOUNDS = (
    ("minimum", "min", ("minimum",), True),
    ("maximum", "max", ("maximum",), False),
    ("min_length", "min_length", ("minLength", "minItems"), True),
    ("max_length", "max_length", ("maxLength", "maxItems"), False),
)

#: What makes a place refuse some values of its type.
_LIMITED = frozenset(
    (
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
    )
)


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield allowed values and bounds that do not fit where their variable is used.

    What a hostile document makes of many variables and places is judged up to a limit.
    """
    judged: set[tuple[str, int]] = set()
    values = 0
    for use in (use for component in draft.everything for use in component.uses):
        variable = _variable(use, draft)
        if variable is None or (variable.name, id(use.schema)) in judged:
            continue
        judged.add((variable.name, id(use.schema)))  # the draft keeps each schema alive
        yield from _bound_problems(use, variable)
        values += len(variable.constraints.allowed_values)
        if values <= MAX_CHOICES:
            yield from _allowed_problems(use, variable)


def _variable(use: Use, draft: Draft) -> Variable | None:
    """Return the variable that stands as a whole in a place of its type with limits of its own."""
    if not isinstance(use.value, Var) or use.value.path or _LIMITED.isdisjoint(use.schema):
        return None
    variable = draft.variables.get(use.value.name)
    fits = variable is not None and variable.type in use.accepted_types
    return variable if fits else None


def _allowed_problems(use: Use, variable: Variable) -> Iterator[Problem]:
    for index, value in enumerate(variable.constraints.allowed_values):
        for problem in conformance.value_problems(use.schema, value, ()):
            message = f"This does not fit at {pointer(use.path)}: {problem.message}"
            place = ("variables", variable.name, "allowed_values", index)
            yield Problem.error(place, message, "value-does-not-fit")


def _bound_problems(use: Use, variable: Variable) -> Iterator[Problem]:
    if variable.constraints.allowed_values or variable.constraints.pattern:
        return  # these may allow less than the bounds do
    for attribute, member, keywords, is_lower in _BOUNDS:
        given = getattr(variable.constraints, attribute)
        limits = [use.schema[keyword] for keyword in keywords if keyword in use.schema]
        if given is None or not limits:
            continue
        if given < limits[0] if is_lower else given > limits[0]:
            end = "or more" if is_lower else "or less"
            message = f"At {pointer(use.path)} it must be {limits[0]} {end}: narrow this."
            yield Problem.error(("variables", variable.name, member), message, "value-does-not-fit")
