"""What a new version would destroy that its author may not expect: warnings, told once.

A plan shows this too, but only later, and among everything else. Both documents are read as
they are, since the older one need not be valid by today's rules.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from blueprints.catalog.problems import Problem, quoted

from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORGOTTEN = "Keep former ids: an environment may not have applied the version that moved it."


class _Parts(NamedTuple):
    """The components of two documents, by id, and where the new ones stand."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    places: Mapping[str, int]


def succession_warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Problem]:
    """Return warnings about what is destroyed when one version follows another.

    Args:
        old: the document of the version before.
        new: a valid document; the warnings point into it.

    Raises:
        InvalidDocument: one of them holds what JSON cannot.
    """
    before, after = plain(old)["components"], plain(new)["components"]
    places = {component["id"]: index for index, component in enumerate(after)}
    parts = _Parts(_by_id(before), _by_id(after), places)
    return [*_replaced(parts), *_renamed(parts), *_former_ids(parts)]


def _by_id(components: list[Any]) -> dict[str, Any]:
    return {component["id"]: component for component in components}


def _former(component: Mapping[str, Any]) -> list[str]:
    return list(component.get("moved_from", ()))


def _replaced(parts: _Parts) -> Iterator[Problem]:
    """Yield components that are of another type than under the same id, or a former one."""
    for name, index in parts.places.items():
        then = next((each for each in (name, *_former(parts.new[name])) if each in parts.old), None)
        if then is None or parts.old[then]["type"] == parts.new[name]["type"]:
            continue
        was, becomes = parts.old[then]["type"], parts.new[name]["type"]
        yield Problem.warning(
            ("components", index, "type"),
            f"{quoted(then)} was of type {quoted(was)} and becomes {quoted(becomes)}: what it is "
            "in the cloud is destroyed, with its data, and made anew.",
            "component-replaced",
            fix="Unless that is meant, give the new component an id of its own.",
        )


def _renamed(parts: _Parts) -> Iterator[Problem]:
    """Yield components that say what one said that is gone, and do not name it."""
    moved = {former for component in parts.new.values() for former in _former(component)}
    gone = {
        _content(component): name
        for name, component in parts.old.items()
        if name not in parts.new and name not in moved
    }
    for name, component in parts.new.items():
        former = gone.get(_content(component)) if name not in parts.old else None
        if former is None or _former(component):
            continue
        yield Problem.warning(
            ("components", parts.places[name], "id"),
            f"{quoted(former)} is gone and {quoted(name)} says the same: the one is destroyed, "
            "with its data, and the other created.",
            "component-renamed",
            fix=f'If it is the same thing, add "moved_from": [{quoted(former)}] to it.',
        )


def _content(component: Mapping[str, Any]) -> str:
    """What a component says, without its ids and what is for people."""
    about = {name: component.get(name) for name in ("type", "properties", "existing")}
    return json.dumps(about, sort_keys=True)


def _former_ids(parts: _Parts) -> Iterator[Problem]:
    """Yield former ids that were dropped, or that the version before does not know."""
    known = {*parts.old, *(id_ for each in parts.old.values() for id_ in _former(each))}
    for name, index in parts.places.items():
        now = _former(parts.new[name])
        for former in _former(parts.old.get(name, {})):
            if former not in now:
                yield Problem.warning(
                    ("components", index),
                    f"{quoted(name)} no longer says that it was {quoted(former)}.",
                    "former-id-dropped",
                    fix=_FORGOTTEN,
                )
        for step, former in enumerate(now):
            if former not in known:
                yield Problem.warning(
                    ("components", index, "moved_from", step),
                    f"The version before has no component {quoted(former)}: nothing is moved.",
                    "unknown-former-id",
                    fix="Look for a mistake in writing.",
                )
