"""Wherever a value may be known later, any expression may stand: it is refused, or generated.

What may be null is refused, but where a type's schema takes null: there, Terraform plans with it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import InvalidDocument, conformance
from blueprints.catalog.problems import pointer
from blueprints.generation.targets.terraform import write
from tests.blueprints.catalog.documents.builders import places
from tests.blueprints.generation import documents
from tests.blueprints.generation.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.blueprints.generation.schema_provider import Served
    from tests.blueprints.generation.terraform import Terraform

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
#: What may be null, by the type of values in whose place it stands.
NULLABLE = {
    "string": {"type": "string", "nullable": True},
    "integer": {"type": "number", "nullable": True},
    "boolean": {"type": "boolean", "nullable": True},
    "array": {"type": "list", "nullable": True},
}
VARIABLES = {
    "t_text": {"type": "string"},
    "t_object": {"type": "object", "attributes": MEMBERS},
    "t_map": {"type": "map", "element": {"type": "object", "attributes": MEMBERS}},
}


def _places(schema: Mapping[str, Any], value: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the places within properties where an expression may stand, and their schemas."""
    if schema.get("x-form") == "expression":
        yield path, schema
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


def _fillable(kind: str, wanted: str) -> Iterator[tuple[int, tuple[Any, ...], Mapping[str, Any]]]:
    """Yield the places in components of a type, by their number, which take values of a type."""
    schema = conformance.inlined_schema(kind)
    for index, component in enumerate(documents.raw(documents.EVERYTHING)["components"]):
        if component["type"] == kind and "existing" not in component:
            for path, rule in _places(schema, component.get("properties", {}), ()):
                if wanted in rule["type"]:
                    yield index, path, rule


def _candidates(kind: str, expression: Any, wanted: str) -> Iterator[dict[str, Any]]:
    everything = documents.raw(documents.EVERYTHING)
    for index, path, _ in _fillable(kind, wanted):
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


@pytest.mark.parametrize("wanted", NULLABLE)
@pytest.mark.parametrize("kind", documents.KINDS)
def test_what_may_be_null_is_refused_but_where_null_says_something(kind: str, wanted: str) -> None:
    everything = documents.raw(documents.EVERYTHING)
    everything["variables"]["t_null"] = NULLABLE[wanted]
    for index, path, rule in _fillable(kind, wanted):
        candidate = copy.deepcopy(everything)
        component = candidate["components"][index]
        _put(component.setdefault("properties", {}), path, {"var": "t_null"})
        place = (pointer(("components", index, "properties", *path, "var")), "type-mismatch")
        assert (place in places(candidate)) != ("x-nullable" in rule), place


@pytest.mark.terraform
def test_terraform_plans_with_null_where_it_may_stand(
    today: Terraform, served: Served, store: str, tmp_path: Path
) -> None:
    served.account.uploaded = {"acme-releases": {"example.com": "3"}}
    candidate = documents.raw(documents.EVERYTHING)
    found = set()
    for wanted, variable in NULLABLE.items():
        for kind in documents.KINDS:
            for index, path, rule in _fillable(kind, wanted):
                if "x-nullable" in rule:
                    name = f"null_{wanted}"
                    candidate["variables"][name] = variable
                    _put(candidate["components"][index]["properties"], path, {"var": name})
                    found.add((kind, *path))
    assert found == {
        ("autoscaling_group", "key_name"),
        ("compute_instance", "key_name"),
        ("function", "reserved_concurrency"),
    }
    deployment = Deployment(today, tmp_path, store)
    deployment.write(documents.validate(candidate))
    assert deployment.plan()
