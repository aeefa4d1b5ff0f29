"""The documents that generation is tried on: the worked blueprints, and one with everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from blueprints.catalog import component_types, examples
from blueprints.catalog.documents import Document, InvalidDocument, validate
from blueprints.generation import clouds
from blueprints.generation.ir import Stack, VariableReference, edges
from blueprints.generation.origin import Origin
from blueprints.generation.targets.terraform.names import variable_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EVERYTHING",
    "KINDS",
    "NAMES",
    "RELATED",
    "STORED",
    "Choice",
    "choices",
    "chosen",
    "edges",
    "load",
    "raw",
    "renamed",
    "small",
    "stack_of",
    "unprotected",
    "validate",
    "values_of",
]

Choice: TypeAlias = tuple[str, str, Any]  # a component's id, a property and its value
EVERYTHING = "everything"
RELATED = "related"  # what only relations say
STORED = "stored"  # secrets in stores, for a provider of today only
NAMES = (*examples.names(), EVERYTHING, RELATED)
#: What can stand in a document by itself: what names another document has its own tests.
OF_OTHERS = ("module", "remote_state")
KINDS = tuple(name for name in component_types.names() if name not in OF_OTHERS)
_VALUES = {"string": "example.com", "number": "1", "boolean": "true", "list": '["192.0.2.0/24"]'}
_PROTECTIONS = {"deletion_protection", "termination_protection"}
_PROTECTED = {"database": {"deletion_protection"}}  # without being asked to
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


def choices() -> list[Choice]:
    """Return every other word and position of a switch that the properties here may have."""
    found = []
    for component in _made(raw(EVERYTHING)):
        kind = component_types.get(component["type"])
        for name, schema in kind.schema["properties"].items():
            options = schema.get("enum", [True, False] if schema.get("type") == "boolean" else [])
            others = (o for o in options if o != component["properties"].get(name))
            found += [(component["id"], name, option) for option in others]
    return found


def chosen(choice: Choice) -> Document | None:
    """Return the document of everything with another choice; None where its own rules forbid it."""
    component_id, name, option = choice
    changed = raw(EVERYTHING)
    component = next(c for c in changed["components"] if c["id"] == component_id)
    component["properties"][name] = option
    try:
        return validate(changed)
    except InvalidDocument:
        return None


def _made(raw: dict[str, Any]) -> list[dict[str, Any]]:
    return [component for component in raw["components"] if "existing" not in component]


def unprotected(raw: dict[str, Any]) -> dict[str, Any]:
    """Let everything in a document be deleted, so that a test can take away what it made."""
    for component in _made(raw):
        for name in _PROTECTIONS & component["properties"].keys() | _PROTECTED.get(
            component["type"], set()
        ):
            component["properties"][name] = False
        component.get("lifecycle", {}).pop("prevent_destroy", None)
    return raw


def values_of(document: Document) -> dict[str, str]:
    """Return a value for each variable that must be given, as the environment holds it."""
    asked = [v for v in document.variables.values() if v.is_required or v.secret]
    return {variable_name(VariableReference(v.name)): _VALUES[v.type] for v in asked}


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
        if declare and component["id"] != former and "existing" not in component:
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
