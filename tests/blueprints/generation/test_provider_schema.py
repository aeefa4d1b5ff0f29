from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.documents import validate
from blueprints.generation.clouds.aws.stack import PROVIDER_VERSION, RANDOM_PROVIDER, VAULT_PROVIDER
from blueprints.generation.ir import Address, Block, Node, Reference
from tests.blueprints.generation import documents
from tests.blueprints.generation.provider_schema import (
    problems,
    published,
    reference_problem,
    reference_problems,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Document


def all_problems(document: Document) -> list[str]:
    nodes = documents.stack_of(document).nodes
    found = [problem for node in nodes for problem in problems(node)]
    return found + [problem for node in nodes for problem in reference_problems(node)]


@pytest.mark.parametrize("name", documents.NAMES)
def test_every_argument_is_in_the_providers_schema(name: str) -> None:
    assert all_problems(documents.load(name)) == []


def test_the_pinned_versions_are_the_ones_whose_schemas_were_read() -> None:
    others = {provider.source: provider.version for provider in (RANDOM_PROVIDER, VAULT_PROVIDER)}
    pins = {"hashicorp/aws": PROVIDER_VERSION, **others}
    assert {source: f"~> {v.rsplit('.', 1)[0]}" for source, v in versions().items()} == pins


def test_every_component_type_is_generated() -> None:
    document = documents.load(documents.EVERYTHING)
    assert {c.type for c in document.components} == set(documents.KINDS)


def _declared(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the paths of all properties that a schema knows, without mapping's free keys."""
    for name, below in schema.get("properties", {}).items():
        if name in {"ref", "var"}:
            continue
        yield f"{path}.{name}"
        yield from _declared(below, f"{path}.{name}")
    if "items" in schema:
        yield from _declared(schema["items"], path)


def _used(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield f"{path}.{name}"
            yield from _used(below, f"{path}.{name}")
    if isinstance(value, list):
        for item in value:
            yield from _used(item, path)


def test_every_property_of_every_type_is_generated() -> None:
    raw = documents.raw(documents.EVERYTHING)
    used = {p for c in raw["components"] for p in _used(c.get("properties", {}), c["type"])}
    declared = {
        path
        for kind in documents.KINDS
        for path in _declared(component_types.get(kind).schema, kind)
    }
    assert declared - used == set()


@pytest.mark.parametrize("choice", documents.choices())
def test_every_choice_is_in_the_providers_schema(choice: documents.Choice) -> None:
    document = documents.chosen(choice)
    assert document is None or all_problems(document) == []


@pytest.mark.parametrize("kind", documents.KINDS)
def test_every_attribute_is_one_that_its_resource_has(kind: str) -> None:
    raw = documents.raw(documents.EVERYTHING)
    attributes = component_types.get(kind).attributes
    components = [c for c in raw["components"] if c["type"] == kind]
    raw["outputs"] = {
        f"o{number}_{known.name}": {"ref": f"{component['id']}.{known.name}"}
        for number, component in enumerate(components)
        for known in attributes
        if all(component["properties"].get(p) in values for p, values in known.where.items())
    }
    stack = documents.stack_of(validate(raw))
    nodes = {node.address for node in stack.nodes}
    assert len(stack.outputs) == len(raw["outputs"])
    for output in stack.outputs:
        if isinstance(output.value, Reference):
            assert output.value.target in nodes
            assert list(reference_problem(output.value)) == []


@pytest.mark.parametrize("name", [*documents.NAMES, documents.STORED])
def test_every_reference_has_a_target(name: str) -> None:
    stack = documents.stack_of(documents.load(name))
    nodes = {node.address for node in stack.nodes}
    assert {target for node in stack.nodes for target in documents.edges(node)} <= nodes


SOUND = Node(
    Address("resource", "aws_lb_listener", "lb"),
    arguments={"load_balancer_arn": "arn", "port": 80},
    blocks=(Block("default_action", {"type": "redirect"}),),
)


def test_a_sound_resource_has_no_problems() -> None:
    assert list(problems(SOUND)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"arguments": {"load_balancer_arn": "arn", "colour": "red"}}, "does not exist"),
        ({"arguments": {"load_balancer_arn": "arn", "arn": "arn"}}, "can only be read"),
        ({"arguments": {"load_balancer_arn": "arn", "port": "80"}}, "is str, not number"),
        ({"arguments": {"load_balancer_arn": "arn", "port": True}}, "is bool, not number"),
        ({"arguments": {"port": 80}}, "lacks load_balancer_arn"),
        ({"arguments": {"load_balancer_arn": "a", "default_action": {}}}, "is a block"),
        ({"blocks": ()}, "lacks block default_action"),
        ({"blocks": (*SOUND.blocks, Block("port"))}, "is an argument"),
        ({"blocks": (*SOUND.blocks, Block("colour"))}, "does not exist"),
        ({"blocks": (*SOUND.blocks, *[Block("timeouts")] * 2)}, "more than once"),
        ({"blocks": (Block("default_action"),)}, "lacks type"),
        ({"ignore_changes": ("colour",)}, "does not have"),
        ({"ignore_changes": ("default_action[0].colour",)}, "does not have"),
        ({"address": Address("resource", "aws_lamp", "x")}, "no resource type"),
    ],
)
def test_an_unsound_resource_is_noticed(change: dict[str, Any], problem: str) -> None:
    found = list(problems(dataclasses.replace(SOUND, **change)))
    assert any(problem in text for text in found), found


def test_a_reference_to_a_missing_attribute_is_noticed() -> None:
    address = Address("resource", "aws_vpc", "main")
    assert list(reference_problem(Reference(address, ("arn",)))) == []
    assert list(reference_problem(Reference(address, ("colour",))))


def test_the_reduced_schema_holds_nothing_that_is_not_used() -> None:
    used = {
        (n.address.kind, n.address.type)
        for name in (*documents.NAMES, documents.STORED)
        for n in documents.stack_of(documents.load(name)).nodes
    }
    assert {(kind, type_) for kind, types in published().items() for type_ in types} <= used
