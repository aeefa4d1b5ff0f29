"""Wherever a value may be known later, any expression may stand: it is refused, or generated."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import InvalidDocument, conformance
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Expressions, and the type of values in whose place they stand.
EXPRESSIONS: dict[str, tuple[dict[str, Any], str]] = {
    "joined": ({"join": ["a-", {"var": "t_text"}, "-b"]}, "string"),
    "region": ({"cloud": "region"}, "string"),
    "key": ({"each": "key"}, "string"),
    "number in an object": ({"var": "t_object.number"}, "integer"),
    "number by key": ({"each": "value.number"}, "integer"),
    "switch by key": ({"each": "value.switch"}, "boolean"),
    "list in an object": ({"var": "t_object.texts"}, "array"),
    "zones": ({"cloud": "zones"}, "array"),
}
MEMBERS = {
    "number": {"type": "number"},
    "switch": {"type": "boolean"},
    "texts": {"type": "list"},
}
VARIABLES = {
    "t_text": {"type": "string"},
    "t_object": {"type": "object", "attributes": MEMBERS},
    "t_map": {"type": "map", "element": {"type": "object", "attributes": MEMBERS}},
}


def _places(schema: Mapping[str, Any], value: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the places within properties where an expression may stand, and the types there."""
    if schema.get("x-form") == "expression":
        yield path, schema["type"]
    if isinstance(value, dict):
        for name, rule in schema.get("properties", {}).items():
            yield from _places(rule, value.get(name), (*path, name))
        for name in value if isinstance(schema.get("additionalProperties"), dict) else ():
            yield from _places(schema["additionalProperties"], value[name], (*path, name))
    if isinstance(value, list) and value:
        yield from _places(schema["items"], value[0], (*path, 0))


def _put(properties: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        properties = properties[step]
    properties[path[-1]] = value


def _candidates(kind: str, expression: Any, wanted: str) -> Iterator[dict[str, Any]]:
    everything = documents.raw(documents.EVERYTHING)
    schema = conformance.inlined_schema(kind)
    for index, component in enumerate(everything["components"]):
        if component["type"] != kind:
            continue
        places = _places(schema, component.get("properties", {}), ())
        for path in [path for path, types in places if wanted in types]:
            candidate = copy.deepcopy(everything)
            candidate["variables"] |= VARIABLES
            changed = candidate["components"][index]
            _put(changed.setdefault("properties", {}), path, expression)
            if "each" in expression:
                changed["for_each"] = {"var": "t_map"}
            yield candidate


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("kind", documents.KINDS)
def test_an_expression_is_refused_or_generated(kind: str, name: str) -> None:
    for candidate in _candidates(kind, *EXPRESSIONS[name]):
        try:
            document = documents.validate(candidate)
            files = write(documents.stack_of(document))
        except InvalidDocument:
            continue
        assert files
