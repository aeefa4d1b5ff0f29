"""One document for several environments: what their variables are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, Problem

from . import conformance
from .plain import plain
from .variables import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import Draft
    from .model import Variable


def read(given: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return each environment's values, by name."""
    return MappingProxyType({name: frozen(each.get("values", {})) for name, each in given.items()})


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield values that their variables cannot have."""
    for environment, values in draft.environments.items():
        for name, value in values.items():
            path: Path = ("environments", environment, "values", name)
            variable = draft.variables.get(name)
            if variable is None:
                yield from draft.unknown_variable(name, path)
            else:
                yield from _value_problems(variable, value, path)


def _value_problems(variable: Variable, value: Any, path: Path) -> Iterator[Problem]:
    if variable.secret:
        message = "A secret has no value here: it would stand in the document for all to read."
        yield Problem.error(path, message, "literal-secret")
        return
    if value is None and variable.nullable:
        return
    schema = variable.value_type.schema()
    broken = list(conformance.value_problems(schema, plain(value), path))
    yield from broken
    for message in () if broken else variable.constraints.problems(value):
        yield Problem.error(path, message, "value-does-not-fit")
