"""One document for several environments: what their variables are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, Problem

from . import conformance, secrecy
from .plain import plain
from .secret_signs import gives_secret_away
from .variables import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import Draft
    from .model import Variable


def read(
    given: Mapping[str, Any], variables: Mapping[str, Variable]
) -> tuple[Mapping[str, Mapping[str, Any]], list[Problem]]:
    """Return each environment's values, by name, and why others cannot be.

    Those are left out, so that nothing else is said of them.
    """
    problems: list[Problem] = []
    found = {}
    for environment, each in given.items():
        kept = {}
        for name, value in frozen(each.get("values", {})).items():
            path: Path = ("environments", environment, "values", name)
            known = variables.get(name)
            faults = list(_value_problems(known, value, path)) if known else []
            if not faults:
                kept[name] = value
            problems += faults
        found[environment] = MappingProxyType(kept)
    return MappingProxyType(found), problems


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield values of variables that there are not."""
    for environment, values in draft.environments.items():
        for name in values:
            if name not in draft.variables:
                path: Path = ("environments", environment, "values", name)
                yield from draft.unknown_variable(name, path)


def _value_problems(variable: Variable, value: Any, path: Path) -> Iterator[Problem]:
    if variable.secret:
        message = "A secret has no value here: it would stand in the document for all to read."
        yield Problem.error(path, message, "literal-secret")
        return
    if value is None and variable.nullable:
        return
    if gives_secret_away(str(path[-1]), value):
        yield secrecy.readable(path)
    schema = variable.value_type.schema()
    broken = list(conformance.value_problems(schema, plain(value), path))
    yield from broken
    for message in () if broken else variable.constraints.problems(value):
        yield Problem.error(path, message, "value-does-not-fit")
