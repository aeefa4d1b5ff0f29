"""What variables and keys may hold, against the places where they are used.

A value that no deployment could make is found before one makes it. What only the cloud would
refuse, or not together with other components, is judged by :mod:`.cases`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.problems import Problem, pointer

from . import conformance, known_values, repetition
from .expressions import Each, Join, Var
from .limits import MAX_CHOICES
from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drafts import ComponentDraft, Draft
    from .expressions import Expression
    from .known_values import KnownValue
    from .model import Variable
    from .reading import Use
    from .value_types import ValueType

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
        "x-constraints",
    )
)


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield bounds and known values that do not fit where they are used.

    What a hostile document makes of many values and places is judged up to a limit.
    """
    judged: set[tuple[object, int]] = set()
    values = 0
    for use, owner in _limited(draft):
        variable = use.value if isinstance(use.value, Var) else None
        key = (variable or id(use), id(use.schema))  # the draft keeps each schema alive
        if key in judged:
            continue
        judged.add(key)
        if variable and not variable.path:
            yield from _bound_problems(use, draft.variables[variable.name])
        for known in known_values.of_use(use, owner, draft):
            values += 1
            if values > MAX_CHOICES:
                break
            if known.value is not None:
                yield from _value_problems(use, known)


def _limited(draft: Draft) -> Iterator[tuple[Use, ComponentDraft | None]]:
    """Yield what stands in places that refuse some values of their type."""
    for owner in draft.everything:
        yield from ((use, owner) for use in owner.uses if _is_limited(use, owner, draft))
    yield from ((use, None) for use in draft.uses if _is_limited(use, None, draft))


def _is_limited(use: Use, owner: ComponentDraft | None, draft: Draft) -> bool:
    """Whether a place refuses some of what the type of its expression allows."""
    if _LIMITED.isdisjoint(use.schema) and "integer" not in use.schema.get("type", ()):
        return False
    return _kind_of(use.value, owner, draft) in use.accepted_types


def _kind_of(value: Expression, owner: ComponentDraft | None, draft: Draft) -> str:
    found: ValueType | None = None
    if isinstance(value, Join):
        return "string"
    if isinstance(value, Each) and owner:
        found = repetition.type_of(value, owner.component.repeat, draft.variables)
    elif isinstance(value, Var) and (variable := draft.variables.get(value.name)):
        found = variable.value_type.at(value.path)
    return found.kind if found else ""


def _value_problems(use: Use, known: KnownValue) -> Iterator[Problem]:
    for problem in conformance.value_problems(use.schema, plain(known.value), ()):
        what = f"{known.case} this does not fit" if known.case else "This does not fit"
        message = f"{what} at {pointer(use.path)}: {problem.message}"
        yield Problem.error(known.path, message, "value-does-not-fit")


def _bound_problems(use: Use, variable: Variable) -> Iterator[Problem]:
    if variable.constraints.allowed_values or variable.constraints.pattern:
        return  # these may allow less than the bounds do
    of_module = use.schema.get("x-constraints")
    for attribute, member, keywords, is_lower in _BOUNDS:
        given = getattr(variable.constraints, attribute)
        known = (use.schema[keyword] for keyword in keywords if keyword in use.schema)
        limit = getattr(of_module, attribute) if of_module else next(known, None)
        if given is None or limit is None or (given >= limit if is_lower else given <= limit):
            continue
        message = f"At {pointer(use.path)} it must be {limit} or {'more' if is_lower else 'less'}"
        place = ("variables", variable.name, member)
        if of_module:
            fix = "Narrow this, so that nobody plans what the module refuses."
            yield Problem.warning(place, f"{message}.", "value-does-not-fit", fix=fix)
        else:
            yield Problem.error(place, f"{message}: narrow this.", "value-does-not-fit")
