"""The published schema says the same as validation, in any JSON Schema validator."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from blueprints.catalog import component_types, examples
from blueprints.catalog.component_types import definitions
from blueprints.catalog.documents import InvalidDocument, schema
from blueprints.catalog.documents.cloud_rules import rules
from blueprints.catalog.documents.plain import plain

from .builders import Json, changed, document, part, problems, three_tier, without
from .test_hostile_input import spoilt_documents

INDEPENDENT = jsonschema_rs.Draft202012Validator(schema())

#: What validation finds beyond the schema; all else the schema must find too.
BEYOND_THE_SCHEMA = {
    "contradiction",
    "circle",
    "default-does-not-fit",
    "duplicate-id",
    "mixed-networks",
    "nat-without-public-subnet",
    "not-a-secret",
    "outside-network",
    "overlapping-subnets",
    "relation-to-itself",
    "repeated-relation",
    "secret-exposed",
    "too-few-zones",
    "value-does-not-fit",
    "type-mismatch",
    "unknown-attribute",
    "unknown-component",
    "unknown-variable",
    "unusable-block",
    "wrong-reference",
    "wrong-relation",
    "wrong-value",
    *(rule.code for rule in rules("aws")),
}


def test_it_is_json_schema_2020_12_and_plain_json() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_copy_that_is_changed_changes_no_other() -> None:
    schema()["properties"]["region"].clear()
    schema()["$defs"].clear()
    assert schema()["properties"]["region"]["type"] == ["string", "object"]
    assert problems(three_tier()) == ()


def test_every_reference_within_it_leads_somewhere() -> None:
    def references(value: Any) -> set[str]:
        if isinstance(value, list):
            return {found for item in value for found in references(item)}
        if not isinstance(value, dict):
            return set()
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own | {found for item in value.values() for found in references(item)}

    found = references({key: value for key, value in schema().items() if key != "examples"})
    assert found == {f"#/$defs/{name}" for name in schema()["$defs"]}
    assert len(found) == len(component_types.names()) + len(definitions.DEFINITIONS)


@pytest.mark.parametrize("name", examples.names())
def test_the_worked_blueprints_satisfy_it(name: str) -> None:
    assert INDEPENDENT.is_valid(examples.load(name))


@pytest.mark.parametrize(
    "candidate",
    [
        changed(three_tier(), "region", to="eu-nowhere-1"),
        changed(three_tier(), "variables", "db_password", "default", to="x"),
        changed(three_tier(), "variables", "db_password", "type", to="number"),
        changed(three_tier(), "variables", "web_machines", "default", to="2"),
        changed(three_tier(), "components", 0, "properties", "cidr", to=7),
        without(three_tier(), "components", 0, "properties"),
        document(part("a", "teapot")),
    ],
)
def test_it_refuses_what_depends_on_other_members(candidate: Any) -> None:
    assert not INDEPENDENT.is_valid(candidate)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoilt_documents())
def test_an_independent_validator_agrees_on_spoilt_documents(spoilt: Any) -> None:
    try:
        candidate = plain(spoilt)
    except InvalidDocument:
        return  # not JSON, which schemas cannot say
    accepted = INDEPENDENT.is_valid(candidate)
    assert accepted or problems(spoilt)
    if accepted:
        assert {problem.code for problem in problems(spoilt)} <= BEYOND_THE_SCHEMA


NETWORK: Json = {"id": "main", "type": "network", "existing": {"id": "vpc-0a1b2c3d"}}
SUBNET: Json = {"id": "a", "type": "subnet", "existing": {"name": "a"}}
SUBNET_FACTS: Json = {"network": {"ref": "main"}, "zone": "a"}


@pytest.mark.parametrize(
    ("component", "valid"),
    [
        (NETWORK, True),
        ({**NETWORK, "properties": {"cidr": "10.0.0.0/16"}}, True),
        ({**NETWORK, "properties": {"nat": "none"}}, False),
        ({**NETWORK, "existing": {"arn": "x"}}, False),
        ({**NETWORK, "existing": {"id": "x", "name": "y"}}, False),
        ({**NETWORK, "tags": {"a": "b"}}, False),
        ({**NETWORK, "type": "autoscaling_group"}, False),
        (SUBNET, False),
        ({**SUBNET, "properties": SUBNET_FACTS}, True),
        ({"id": "a", "type": "network"}, False),
    ],
)
def test_it_says_how_a_component_is_looked_up(component: Json, valid: bool) -> None:
    candidate = document(NETWORK | {"id": "main"}, {**component, "id": "x"})
    assert INDEPENDENT.is_valid(candidate) is valid
    assert (problems(candidate) == ()) is valid
