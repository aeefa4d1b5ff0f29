"""Instances that a new version no longer has: warnings, as far as it is known which there are.

They are compared by default and in each environment that both versions have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from blueprints.catalog.problems import Path, Problem, quoted

from .expressions import Var
from .known_values import at
from .limits import MAX_INSTANCES
from .repetition import KINDS, is_known_later, is_variable

Json = Mapping[str, Any]

_MOST_NAMED = 5
#: What stands once has no key.
_ONE: Mapping[str, None] = {"": None}


def removed_instances(
    old: Json, new: Json, kept: Iterable[tuple[int, Json, Json]]
) -> Iterator[Problem]:
    """Yield instances of components that both versions have, where only the older has them.

    Args:
        old: the document of the version before.
        new: a valid document; the warnings point into it.
        kept: of each such component its place in the new document, what it was and what it is.
    """
    both = [name for name in new.get("environments", {}) if name in old.get("environments", {})]
    for index, then, now in kept:
        if "existing" in now or repetition(then) != repetition(now):
            continue
        warned: set[Path] = set()
        for environment in ("", *both):
            before, _ = _instances(then, (), old, environment)
            after, path = _instances(now, ("components", index), new, environment)
            gone = [] if before is None or after is None else [k for k in before if k not in after]
            if gone and path not in warned:
                warned.add(path)
                yield _warning(now["id"], gone, path, environment)


def repetition(component: Json) -> str | None:
    """Return what repeats a component; a switch alone gives what there is no other name."""
    return next((kind for kind in ("count", "for_each") if kind in component), None)


def _instances(
    component: Json, place: Path, document: Json, environment: str
) -> tuple[Mapping[str, None] | None, Path]:
    """Return the keys of a component's instances, and what decides them; None if not known."""
    kind = next((kind for kind in KINDS if kind in component), None)
    if kind is None:
        return _ONE, place
    value, path = _decided(component[kind], (*place, kind), document, environment)
    return _keys(value), path


def _decided(given: Any, place: Path, document: Json, environment: str) -> tuple[Any, Path]:
    """Return what a literal or a variable is in an environment, and where that is written."""
    if not is_variable(given):
        return given, place
    variable = Var.read(given["var"])
    values = document.get("environments", {}).get(environment, {}).get("values", {})
    if variable.name in values:
        path: Path = ("environments", environment, "values", variable.name)
        return at(values[variable.name], variable.path), path
    default = document.get("variables", {}).get(variable.name, {}).get("default")
    return at(default, variable.path), ("variables", variable.name, "default")


def _keys(value: Any) -> Mapping[str, None] | None:
    if isinstance(value, bool):
        return _ONE if value else {}
    if isinstance(value, int | float):
        return dict.fromkeys(map(str, range(min(int(value), MAX_INSTANCES))))
    if isinstance(value, Mapping) and not is_known_later(value):
        return dict.fromkeys(value)
    if isinstance(value, list) and all(isinstance(key, str) for key in value):
        return dict.fromkeys(value)
    return None


def _warning(name: str, gone: list[str], path: Path, environment: str) -> Problem:
    where = f" in environment {quoted(environment)}" if environment else ""
    if gone == [""]:
        message = f"{quoted(name)} is switched off{where}: it is destroyed, with its data."
        fix = "To keep it, leave it switched on."
    else:
        shown = ", ".join(map(quoted, gone[:_MOST_NAMED]))
        more = f" and {len(gone) - _MOST_NAMED} more" if len(gone) > _MOST_NAMED else ""
        message = f"{quoted(name)} no longer has {shown}{more}{where}: destroyed, with its data."
        fix = "To keep what there is, leave its key, or the number, as it was."
    return Problem.warning(path, message, "instances-removed", fix=fix)


def with_inputs(inner: Json, module: Json, outer: Json) -> dict[str, Any]:
    """Return a module's document with what its variables are where it is used, if that is known.

    Args:
        inner: the document, whose own environments mean nothing there.
        module: the component that uses it.
        outer: the document that the component stands in.
    """
    inputs: Json = module["properties"].get("inputs", {})

    def given(environment: str) -> dict[str, Any]:
        return {n: _decided(each, (), outer, environment)[0] for n, each in inputs.items()}

    variables = dict(inner.get("variables", {}))
    for name, value in given("").items():
        variables[name] = {**variables.get(name, {}), "default": value}
    environments = {name: {"values": given(name)} for name in outer.get("environments", {})}
    return {**inner, "variables": variables, "environments": environments}
