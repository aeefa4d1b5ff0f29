"""The documents that generation is tried on: the worked blueprints, and one with everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blueprints.catalog import examples
from blueprints.catalog.documents import Document, validate
from blueprints.generation import clouds
from blueprints.generation.ir import Stack, edges
from blueprints.generation.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EVERYTHING",
    "NAMES",
    "RELATED",
    "edges",
    "load",
    "raw",
    "renamed",
    "small",
    "stack_of",
    "validate",
]

EVERYTHING = "everything"
RELATED = "related"  # what only relations say
NAMES = (*examples.names(), EVERYTHING, RELATED)
_FOLDER = Path(__file__).parent / "data"


def raw(name: str) -> dict[str, Any]:
    """Return a fresh copy of a document as JSON values."""
    if name in examples.names():
        return examples.load(name)
    document: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return document


def load(name: str) -> Document:
    """Return a valid document."""
    return validate(raw(name))


def stack_of(document: Document, *, prefix: str = "shop") -> Stack:
    """Return a document's stack, before it is written in any format."""
    return clouds.build(document, Origin("Demo", prefix))


def small(*components: dict[str, Any], **members: Any) -> Document:
    """Return a valid document of these components."""
    return validate(
        {"cloud": "aws", "region": "us-east-1", "components": list(components), **members}
    )


def renamed(document: dict[str, Any], ids: Mapping[str, str], *, declare: bool = False) -> Document:
    """Return a document whose components have other ids, and say so if ``declare``."""
    changed = _with_ids(document, ids)
    for component in changed["components"]:
        former = component["id"]
        component["id"] = ids.get(former, former)
        if declare and component["id"] != former:
            component["moved_from"] = [*component.get("moved_from", []), former]
    return validate(changed)


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Copy JSON values with other ids wherever a component is referred to."""
    if isinstance(value, list):
        return [_with_ids(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _reference(item, ids)
        if name in {"ref", "from", "to"} and isinstance(item, str)
        else _with_ids(item, ids)
        for name, item in value.items()
    }


def _reference(text: str, ids: Mapping[str, str]) -> str:
    component, dot, attribute = text.partition(".")
    return f"{ids.get(component, component)}{dot}{attribute}"
