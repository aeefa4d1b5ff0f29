"""What holds for every component type, so that a new one cannot forget it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from blueprints.catalog import component_types
from blueprints.catalog.component_types import definitions, formats
from blueprints.catalog.component_types.base import RELATION_TYPES, ComponentType
from iac_platform.common.errors import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = component_types.all_types()
BOUNDS = {
    "string": ("maxLength", "enum"),
    "array": ("maxItems",),
    "integer": ("maximum",),
    "number": ("maximum",),
    "object": ("properties", "maxProperties"),
}

every_type = pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)


def places(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every place where a document's author writes a value."""
    for name, rule in schema.get("properties", {}).items():
        if rule.get("$ref") == "#/$defs/expression" or "$ref" not in rule:
            yield f"{path}/{name}", rule
        if "$ref" not in rule:
            yield from places(rule, f"{path}/{name}")
    for keyword in ("items", "additionalProperties"):
        rule = schema.get(keyword)
        if isinstance(rule, dict):
            yield f"{path}/{keyword}", rule
            yield from places(rule, f"{path}/{keyword}")


def test_the_catalogue_holds_these_types() -> None:
    assert component_types.names() == (
        "autoscaling_group",
        "cache",
        "compute_instance",
        "container_cluster",
        "database",
        "dns_zone",
        "firewall",
        "function",
        "load_balancer",
        "module",
        "network",
        "object_storage",
        "queue",
        "raw",
        "remote_state",
        "role",
        "secret",
        "subnet",
    )


def test_a_type_is_found_by_its_name() -> None:
    assert component_types.get("queue").title == "Queue"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("subnets", 'Did you mean "subnet"?'),
        ("zzz", 'Known are "autoscaling_group",'),
        ("", "Known"),
    ],
)
def test_an_unknown_type_is_answered_with_near_ones(name: str, hint: str) -> None:
    with pytest.raises(component_types.UnknownComponentType, match=re.escape(hint)) as caught:
        component_types.get(name)
    assert caught.value.kind is ErrorKind.NOT_FOUND


@every_type
def test_its_schema_is_valid_and_its_example_satisfies_it(kind: ComponentType) -> None:
    Draft202012Validator.check_schema(kind.schema)
    validator = Draft202012Validator(kind.schema, format_checker=formats.CHECKER)
    for example in kind.schema["examples"]:
        validator.validate(example)


@every_type
def test_it_takes_no_undeclared_properties(kind: ComponentType) -> None:
    assert kind.schema["additionalProperties"] is False
    for path, rule in places(kind.schema):
        if rule.get("type") == "object":
            assert "additionalProperties" in rule, path


@every_type
def test_every_place_is_described_and_bounded(kind: ComponentType) -> None:
    for path, rule in places(kind.schema):
        assert rule.get("description", "").endswith((".", ")")), path
        if "$ref" in rule and "type" not in rule:
            continue
        types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        for name in set(types) - {"boolean"}:
            if name == "object" and "$ref" in rule:
                continue
            assert any(bound in rule for bound in BOUNDS[name]) or is_free(path), path


def is_free(path: str) -> bool:
    return path == "/environment/additionalProperties"  # numbers need no bound as texts


@every_type
def test_patterns_say_what_the_whole_text_is(kind: ComponentType) -> None:
    for path, rule in places(kind.schema):
        patterns = [rule.get("pattern"), rule.get("propertyNames", {}).get("pattern")]
        for pattern in filter(None, patterns):
            assert pattern.startswith("^"), path
            assert pattern.endswith("$"), path
            assert "\\d" not in pattern, f"{path}: to Python, \\d is any script's digit"
            assert "\\w" not in pattern, path


@every_type
def test_defaults_satisfy_their_own_place(kind: ComponentType) -> None:
    for path, rule in places(kind.schema):
        if "default" in rule:
            validator = Draft202012Validator({**rule, "$defs": definitions.DEFINITIONS})
            validator.validate(rule["default"])
            assert path.rpartition("/")[2] not in kind.schema["required"]


@every_type
def test_references_name_known_types(kind: ComponentType) -> None:
    for path, rule in places(kind.schema):
        for target in rule.get("x-ref", ()):
            assert target in component_types.names(), path


@every_type
def test_relations_are_known_and_lead_to_known_types(kind: ComponentType) -> None:
    assert kind.relations.keys() <= RELATION_TYPES.keys() - {"depends_on"}
    for targets in kind.relations.values():
        assert set(targets) <= set(component_types.names())


@every_type
def test_it_says_what_it_becomes_on_each_cloud(kind: ComponentType) -> None:
    assert kind.clouds.keys() == {"aws", "azure", "google"}
    assert all(kind.clouds.values())
    assert kind.title
    assert kind.description
    assert kind.category


@every_type
def test_its_attributes_can_be_referred_to(kind: ComponentType) -> None:
    names = [attribute.name for attribute in kind.attributes]
    assert len(set(names)) == len(names)
    reference = re.compile(definitions.DEFINITIONS["expression"]["properties"]["ref"]["pattern"])
    for attribute in kind.attributes:
        assert reference.fullmatch(f"a.{attribute.name}")
        assert attribute.type in {"string", "number", "boolean", "list"}
        assert attribute.description.endswith(".")


SECURE = [
    ("autoscaling_group", "public_ip", False),
    ("cache", "encrypted", True),
    ("cache", "encrypted_in_transit", True),
    ("compute_instance", "public_ip", False),
    ("container_cluster", "control_plane_logs", True),
    ("container_cluster", "encrypted_secrets", True),
    ("container_cluster", "public_endpoint", False),
    ("database", "deletion_protection", True),
    ("database", "encrypted", True),
    ("database", "final_snapshot", True),
    ("database", "public_access", False),
    ("firewall", "egress", []),
    ("firewall", "ingress", []),
    ("function", "url", "none"),
    ("object_storage", "delete_contents", False),
    ("object_storage", "public_access", False),
    ("object_storage", "versioning", True),
    ("queue", "encrypted", True),
    ("role", "statements", []),
    ("subnet", "public", False),
]


@pytest.mark.parametrize(("type_name", "name", "default"), SECURE)
def test_what_is_not_said_is_secure(type_name: str, name: str, default: object) -> None:
    assert component_types.get(type_name).schema["properties"][name]["default"] == default


def test_no_default_opens_anything_to_the_internet() -> None:
    defaults = [
        rule["default"] for kind in TYPES for _, rule in places(kind.schema) if "default" in rule
    ]
    assert not any(open_block in str(defaults) for open_block in ("0.0.0.0", "::/0"))  # noqa: S104  # looked for, not bound to


@pytest.mark.parametrize(
    ("type_name", "name"), [("database", "password"), ("cache", "auth_token"), ("secret", "value")]
)
def test_secrets_cannot_be_literals(type_name: str, name: str) -> None:
    rule = component_types.get(type_name).schema["properties"][name]
    assert rule["x-secret"] == "required"
    validator = Draft202012Validator({**rule, "$defs": definitions.DEFINITIONS})
    assert validator.is_valid({"var": "a_secret"})
    assert not validator.is_valid("hunter2")
