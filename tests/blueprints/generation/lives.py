"""Lives of documents: for each component type a small one, and what its author changes in it.

``data/lives.json`` holds for each type the properties of a component called ``subject``, other
values for each of them, and what it stands among. The kinds of change that all types share are
functions here. Each says which components it is about: a plan may show those and no others.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Raw: TypeAlias = dict[str, Any]

SUBJECT = "subject"
UNRELATED = "unrelated"
_MOVED = "moved"
_FILE = Path(__file__).parent / "data" / "lives.json"


@dataclass(frozen=True)
class Change:
    """Something that an author changes in the first version of a document.

    Attributes:
        name: what is changed, for people.
        make: changes the document.
        about: the components whose resources it may touch.
        renews: whether it makes resources anew.
        refused: the cloud's answer, where it cannot be done.
    """

    name: str
    make: Callable[[Raw], None]
    about: frozenset[str] = frozenset()
    renews: bool = False
    refused: str = ""

    def __add__(self, other: Change) -> Change:
        """Make both changes at once."""

        def both(raw: Raw) -> None:
            self.make(raw)
            other.make(raw)

        about = self.about | other.about
        return Change(f"{self.name}; {other.name}", both, about, self.renews or other.renews)

    def document(self, kind: str) -> Raw:
        """Return the life's document after the change."""
        changed = document(kind)
        self.make(changed)
        return changed


@cache
def _data() -> Mapping[str, Any]:
    content: dict[str, Any] = json.loads(_FILE.read_text())
    content["world"] = {component["id"]: component for component in content["world"]}
    return content


def data_of(kind: str) -> Mapping[str, Any]:
    """Return what the data says of a component type."""
    found: Mapping[str, Any] = _data()[kind]
    return found


def document(kind: str) -> Raw:
    """Return the first version: the component, what it stands among, and one more."""
    subject = {
        "id": SUBJECT,
        "type": kind,
        "name": "Subject",
        "properties": data_of(kind)["properties"],
    }
    if kind != "raw":  # which has tags among its arguments
        subject["tags"] = {"team": {"var": "team"}}
    needed = data_of(kind).get("with", ()), data_of(kind)
    return copy.deepcopy(
        {
            "cloud": "aws",
            "region": "us-east-1",
            "variables": {
                "team": {"type": "string", "default": "core"},
                "secret": {"type": "string", "secret": True},
            },
            **({"modules": data_of(kind)["modules"]} if kind == "module" else {}),
            "components": [
                *_among(needed),
                subject,
                {"id": UNRELATED, "type": "queue", "properties": {}},
            ],
        }
    )


def _among(value: Any) -> list[Raw]:
    """Return the components of the world that a value names, and all that these name."""
    world = _data()["world"]
    found: dict[str, Raw] = {}
    waiting = [name for name in _names(value) if name in world]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = world[name]
            waiting += [other for other in _names(world[name]["properties"]) if other in world]
    return [component for name, component in world.items() if name in found]


def _names(value: Any) -> Iterator[str]:
    """Yield every text in a value: some are ids."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)


def changes(kind: str) -> Iterator[Change]:
    """Yield every change in the life of a type, each of the first version."""
    without = data_of(kind).get("without", ())
    yield from (
        Change(name, make, about) for name, (about, make) in _KINDS.items() if name not in without
    )
    if "relation" in data_of(kind):
        yield _relation(data_of(kind)["relation"])
    if "override" in data_of(kind):
        yield Change("override", _override(data_of(kind)["override"]), _THIS)
    for name, value, *more in data_of(kind)["changes"]:
        yield _property(kind, name, value, more)


def _property(kind: str, name: str, value: Any, more: list[str]) -> Change:
    said = data_of(kind)
    beside = {**said.get("beside", {}).get(name, {}), name: value}
    gone = said.get("instead", {}).get(name)

    def make(raw: Raw) -> None:
        properties = _subject(raw)["properties"]
        properties.update(copy.deepcopy(beside))
        for left_out in (gone, *(other for other in beside if beside[other] is None)):
            properties.pop(left_out, None)

    named = set(_names([said["properties"].get(name), value])) & _data()["world"].keys()
    is_move = value in said.get("moves", {}).get(name, ())
    about = _NOTHING if is_move else frozenset({SUBJECT, *named, *more})
    return Change(
        f"{name} = {json.dumps(value)}",
        make,
        about,
        name in said.get("renews", ()),
        said.get("refused", {}).get(name, ""),
    )


def _relation(relation: Raw) -> Change:
    about = frozenset({relation["from"], relation["to"], *relation.get("about", ())})
    said = {name: relation[name] for name in ("from", "to", "type")}
    return Change("relation", lambda raw: raw.setdefault("relations", []).append(said), about)


def _override(said: Raw) -> Callable[[Raw], None]:
    return lambda raw: _subject(raw).update(overrides={"aws": copy.deepcopy(said)})


def _subject(raw: Raw) -> Raw:
    found: Raw = next(each for each in raw["components"] if each["id"] in {SUBJECT, _MOVED})
    return found


def _add(raw: Raw) -> None:
    raw["components"].insert(0, {"id": "one-more", "type": "queue", "properties": {}})


def _remove(raw: Raw) -> None:
    raw["components"] = [each for each in raw["components"] if each["id"] != UNRELATED]


def _reorder(raw: Raw) -> None:
    raw["components"].reverse()
    subject = _subject(raw)
    subject["properties"] = dict(reversed(subject["properties"].items()))
    raw["variables"] = dict(reversed(raw["variables"].items()))


def _comment(raw: Raw) -> None:
    _subject(raw)["comment"] = "Why it is so."


def _lay_out(raw: Raw) -> None:
    raw["layout"] = {SUBJECT: {"x": 1, "y": 2}}


def _put_out(raw: Raw) -> None:
    raw["outputs"] = {"id": {"ref": f"{SUBJECT}.id"}}


def _declare(raw: Raw) -> None:
    raw["variables"]["later"] = {"type": "string", "default": "unused"}
    raw["variables"]["team"]["description"] = "Who looks after it"
    raw["environments"] = {"staging": {"values": {"team": "other"}}}


def _wait(raw: Raw) -> None:
    relation = {"from": SUBJECT, "to": UNRELATED, "type": "depends_on"}
    raw.setdefault("relations", []).append(relation)


def _protect(raw: Raw) -> None:
    _subject(raw)["lifecycle"] = {"prevent_destroy": True}


def _tag(raw: Raw) -> None:
    _tags(raw)["cost-center"] = "7"


def _tags(raw: Raw) -> Raw:
    subject = _subject(raw)
    tags: Raw = subject.get("tags") or subject["properties"]["arguments"]["tags"]
    return tags


def _tag_all(raw: Raw) -> None:
    raw["tags"] = {"owner": "platform"}


def _set_default(raw: Raw) -> None:
    raw["variables"]["team"]["default"] = "other"


def _rename(raw: Raw) -> None:
    _subject(raw)["name"] = "Renamed"


def _move(raw: Raw) -> None:
    moved = json.loads(re.sub(rf'"{SUBJECT}\b', f'"{_MOVED}', json.dumps(raw)))
    raw |= moved
    component = next(each for each in raw["components"] if each["id"] == _MOVED)
    component["moved_from"] = [SUBJECT]


_NOTHING: frozenset[str] = frozenset()
_THIS = frozenset({SUBJECT})
EVERY = frozenset({"*"})
"""Every component there is."""
_KINDS: Mapping[str, tuple[frozenset[str], Callable[[Raw], None]]] = {
    "component added": (frozenset({"one-more"}), _add),
    "component removed": (frozenset({UNRELATED}), _remove),
    "components reordered": (_NOTHING, _reorder),
    "comment": (_NOTHING, _comment),
    "layout": (_NOTHING, _lay_out),
    "output": (_NOTHING, _put_out),
    "variables declared": (_NOTHING, _declare),
    "order": (_NOTHING, _wait),
    "protected": (_NOTHING, _protect),
    "tag": (_THIS, _tag),
    "tag of everything": (EVERY, _tag_all),
    "default": (_THIS, _set_default),
    "display name": (_THIS, _rename),
    "id, moved": (_NOTHING, _move),
}
