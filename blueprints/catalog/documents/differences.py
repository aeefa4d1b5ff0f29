"""What changed between two documents, in their authors' terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, pointer

from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ABSENT = object()
_SINGLE: Mapping[str, Any] = {
    "backend": {},
    "cloud": None,
    "default_tags": {},  # of the version, beside the document itself
    "region": None,
    "tags": {},
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: ``added``, ``removed`` or ``changed``.
        subject: what it belongs to: ``component``, ``relation``, ``variable``, ``provider``,
            ``environment``, ``output`` or ``document``.
        id: the component's id, the name of a variable, provider, environment or output,
            ``from → to (type)`` of a relation; empty for the document.
        pointer: where within the subject, as a JSON Pointer; empty for the whole of it.
        old: the value before; None if it was added.
        new: the value after; None if it was removed.
    """

    kind: str
    subject: str
    id: str
    pointer: str
    old: Any
    new: Any


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the changes that make the new document of the old one.

    Components are matched by id, so moving one in the list changes nothing, and one that was
    moved to another id is compared with what it was. Properties are compared one by one down
    to the last object; lists are compared as wholes, since an item has no name. An editor's
    ``layout`` is no part of what a document says. The order is
    fixed: document, variables, providers, environments, components, relations, outputs, each by
    id, then by pointer.

    Args:
        old: a valid document.
        new: another valid document.

    Raises:
        InvalidDocument: one of them holds what JSON cannot.
    """
    before, after = plain(old), plain(new)
    components = _matched(_by_id(before), _by_id(after))
    return [
        *(
            change
            for name, absent in _SINGLE.items()
            for change in _changes(
                "document", "", (name,), before.get(name, absent), after.get(name, absent)
            )
        ),
        *_of_parts("variable", before.get("variables", {}), after.get("variables", {})),
        *_of_parts("provider", before.get("providers", {}), after.get("providers", {})),
        *_of_parts("environment", before.get("environments", {}), after.get("environments", {})),
        *_of_parts("component", *components),
        *_of_parts("relation", _by_ends(before), _by_ends(after)),
        *_of_parts("output", before.get("outputs", {}), after.get("outputs", {})),
    ]


def _by_id(document: Mapping[str, Any]) -> dict[str, Any]:
    parts = document["components"]
    return {
        part["id"]: {name: value for name, value in part.items() if name != "id"} for part in parts
    }


def _matched(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bring what has another id than it had under the new one, with both ids to compare."""
    for after, before in _moves(old, new).items():
        if before in old:
            old[after] = {"id": before, **old.pop(before)}
            new[after] = {"id": after, **new[after]}
    return old, new


def _moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return former ids by the present ones; also of what an older document moves back."""
    gone, come = old.keys() - new.keys(), new.keys() - old.keys()
    back = {_last(old[name], come): name for name in sorted(gone)}
    there = {name: former for name in sorted(come) if (former := _last(new[name], gone))}
    return {after: before for after, before in (back | there).items() if after}


def _last(component: Mapping[str, Any], ids: set[str]) -> str:
    """Return the latest of its former ids that is among these; empty if none is."""
    former = [each for each in component.get("moved_from", ()) if each in ids]
    return former[-1] if former else ""


def _by_ends(document: Mapping[str, Any]) -> dict[str, Any]:
    parts: Iterable[Mapping[str, Any]] = document.get("relations", ())
    return {
        f"{part['from']} → {part['to']} ({part['type']})": {
            "description": part.get("description", ""),
            "ports": part.get("ports", []),
        }
        for part in parts
    }


def _of_parts(subject: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        yield from _changes(subject, name, (), old.get(name, _ABSENT), new.get(name, _ABSENT))


def _changes(subject: str, name: str, path: Path, old: Any, new: Any) -> Iterator[Change]:
    if _same(old, new):
        return
    if old is _ABSENT:
        yield Change("added", subject, name, pointer(path), None, new)
    elif new is _ABSENT:
        yield Change("removed", subject, name, pointer(path), old, None)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            step = (*path, key)
            inner = old.get(key, _ABSENT), new.get(key, _ABSENT)
            yield from _changes(subject, name, step, *inner)
    else:
        yield Change("changed", subject, name, pointer(path), old, new)


def _same(old: Any, new: Any) -> bool:
    """Whether two JSON values are equal; to Python, 1 is True."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)
