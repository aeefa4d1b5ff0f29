"""Versions of other blueprints that a document names, and what it carries of them.

A module's document is carried whole, in the member ``modules``; of a version whose outputs are
read, the place of its state and its outputs alone, in ``remote_states``. So a document says for
ever what it said when it was accepted. Whoever saves it puts both there (:func:`with_carried`);
what an author writes there is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from blueprints.catalog.problems import Problem

from .attributes import MODULE, REMOTE_STATE
from .errors import InvalidDocument
from .limits import MAX_BYTES, MAX_COMPONENTS, MAX_MODULES, MAX_REMOTE_STATES

Json = Mapping[str, Any]

#: In which member a document carries what components of a type name.
_MEMBERS: Mapping[str, str] = {MODULE: "modules", REMOTE_STATE: "remote_states"}
#: How many versions components of a type may name. Each whose outputs are read is checked whole.
MAX_VERSIONS: Mapping[str, int] = {MODULE: MAX_MODULES, REMOTE_STATE: MAX_REMOTE_STATES}


class Version(NamedTuple):
    """A version of another blueprint, as a component names it.

    Attributes:
        type: the type of the component: what it needs of the version.
        blueprint: the id of the blueprint.
        number: the number of the version.
    """

    type: str
    blueprint: str
    number: int

    @property
    def key(self) -> str:
        """Under what a document carries it."""
        return f"{self.blueprint}@{self.number}"


def versions_named(document: object) -> set[Version]:
    """Return the versions that a document's components name, whatever else is wrong with it."""
    parts = document.get("components") if isinstance(document, Mapping) else None
    found = (_version_of(part) for part in (parts if isinstance(parts, list) else ()))
    return {version for version in found if version}


def with_carried(document: object, found: Mapping[Version, Json]) -> object:
    """Return a document that carries this of versions, and nothing else."""
    if not isinstance(document, Mapping):
        return document
    members = _MEMBERS.values()
    rest = {name: value for name, value in document.items() if name not in members}
    for version in sorted(found):
        rest.setdefault(_MEMBERS[version.type], {})[version.key] = _without_layout(found[version])
    return rest


def _without_layout(carried: Json) -> Json:
    """Leave out what only the editor of that blueprint reads."""
    return {name: value for name, value in carried.items() if name != "layout"}


def carried_versions(document: Json, wanted: set[Version]) -> Iterator[tuple[Version, Json]]:
    """Yield what a document that was accepted carries of these versions."""
    for version in wanted:
        found = document.get(_MEMBERS[version.type], {}).get(version.key)
        if found is not None:
            yield version, found


def carried(component: object, document: Json) -> Json | None:
    """Return what a document carries of the version that a component names; None if nothing."""
    version = _version_of(component)
    members = document.get(_MEMBERS[version.type]) if version else None
    found = members.get(version.key) if version and isinstance(members, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _version_of(component: object) -> Version | None:
    if not isinstance(component, Mapping) or component.get("type") not in (*_MEMBERS,):
        return None
    properties = component.get("properties")
    given = properties if isinstance(properties, Mapping) else {}
    blueprint, number = given.get("blueprint"), given.get("version")
    if isinstance(number, float) and number.is_integer():
        number = int(number)  # JSON knows one kind of numbers
    if not isinstance(blueprint, str) or isinstance(number, bool) or not isinstance(number, int):
        return None
    return Version(component["type"], blueprint, number)


def too_many(named: set[Version]) -> Problem | None:
    """Say that a document names more versions than are looked at."""
    for component_type, most in MAX_VERSIONS.items():
        count = sum(version.type == component_type for version in named)
        if count > most:
            message = f"A document names at most {most} versions by {component_type}, not {count}."
            return Problem.error(("components",), message, "too-many")
    return None


@dataclass(frozen=True, slots=True)
class _Size:
    """What a document comes to with its modules, each counted as often as it is used."""

    components: int
    bytes: int


def require_room(document: Json) -> None:
    """Refuse a document that names too many versions, or is too large with what modules hold.

    Raises:
        InvalidDocument: it does, or is.
    """
    named = versions_named(document)
    if problem := too_many(named):
        raise InvalidDocument([problem])
    if not named:
        return
    size = _size(document, {})
    if size.components > MAX_COMPONENTS:
        message = f"With those of its modules, a document has at most {MAX_COMPONENTS} components."
        raise InvalidDocument([Problem.error(("components",), message, "too-many-components")])
    if size.bytes > MAX_BYTES:
        message = (
            f"With its modules, each as often as it is used, a document has at most {MAX_BYTES} "
            "bytes (2 MiB)."
        )
        raise InvalidDocument([Problem.error(("components",), message, "too-large")])


def size_with_modules(document: object) -> int:
    """Return how many bytes a document has, with each module as often as it is used."""
    return _size(document, {}).bytes if isinstance(document, Mapping) else 0


def _bytes_of(own: Json) -> int:
    """Return how many bytes of JSON it is; as many as may be, of what is none and is refused."""
    try:
        return len(orjson.dumps(own))
    except TypeError:  # a text with half of a character, or what only Python has
        return MAX_BYTES


def _size(document: Json, known: dict[int, _Size]) -> _Size:
    """Return a document's size; what is used several times is measured once."""
    own = {name: value for name, value in document.items() if name != _MEMBERS[MODULE]}
    components, size = 0, _bytes_of(own)
    parts = document.get("components")
    for part in parts if isinstance(parts, list) else ():
        components += 1
        version = _version_of(part)
        inner = carried(part, document) if version and version.type == MODULE else None
        if inner is not None:
            found = known.get(id(inner)) or known.setdefault(id(inner), _size(inner, known))
            components, size = components + found.components, size + found.bytes
    return _Size(components, size)
