"""All that a value may be, as far as a document says it: by default, by environment, by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .expressions import Each, Expression, Join, Var, parts_of, text_of, variables_of
from .known_values import BY_DEFAULT, at, each_of

if TYPE_CHECKING:
    from .expressions import Part
    from .model import Repeat, Variable

Json = Mapping[str, Any]
Known = Callable[["Part"], Any]


def possible_values(
    value: Expression,
    repeat: Repeat | None,
    variables: Mapping[str, Variable],
    environments: Mapping[str, Json],
) -> Iterator[Any]:
    """Yield what an expression comes to in each environment, and there for each key.

    Args:
        value: the expression.
        repeat: how often the component stands that it is in, if not once.
        variables: the document's, by name.
        environments: their values, by environment.
    """
    if isinstance(value, Var) and not value.path and value.name in variables:
        yield from variables[value.name].constraints.allowed_values
    names = variables_of(value)
    keyed = any(isinstance(part, Each) for part in parts_of(value))
    if keyed and repeat and isinstance(repeat.value, Var):
        names |= {repeat.value.name}
    for values in (BY_DEFAULT, *environments.values()):
        if values is BY_DEFAULT or not names.isdisjoint(values):
            known = _known(variables, values)
            for own in _instances(repeat, known) if keyed else ({},):
                yield _evaluated(value, known, own)


def _known(variables: Mapping[str, Variable], values: Json) -> Known:
    def known(part: Part) -> Any:
        if not isinstance(part, Var):
            return None
        if part.name in values:
            return at(values[part.name], part.path)
        variable = variables.get(part.name)
        return variable.default_at(part.path) if variable else None

    return known


def _instances(repeat: Repeat | None, known: Known) -> Iterator[Json]:
    whole = repeat.value if repeat else None
    for instance in each_of(known(whole) if isinstance(whole, Var) else whole, ()):
        yield instance.own


def _evaluated(value: Expression, known: Known, own: Json) -> Any:
    def part_of(part: Part) -> Any:
        return at(own, part.path) if isinstance(part, Each) else known(part)

    return text_of(value, part_of) if isinstance(value, Join) else part_of(value)
