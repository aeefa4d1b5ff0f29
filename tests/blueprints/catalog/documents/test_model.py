from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from blueprints.catalog import examples
from blueprints.catalog.documents import Document, Ref, Relation, Var, Variable, validate

from .builders import document, part, ref, three_tier, var


@pytest.fixture(scope="module")
def shop() -> Document:
    return validate(three_tier())


def test_variables_are_typed(shop: Document) -> None:
    assert shop.variables["web_machines"] == Variable(
        "web_machines", "number", "Web servers at the start.", default=2
    )
    assert shop.variables["db_password"].secret
    assert shop.variables["db_password"].default is None


def test_expressions_are_typed_and_defaults_filled_in(shop: Document) -> None:
    database = shop.component("db").properties
    assert database["password"] == Var("db_password")
    assert database["subnets"] == (Ref("data-a"), Ref("data-b"))
    assert database["encrypted"] is True
    assert database["deletion_protection"] is True
    assert "port" not in database


def test_defaults_are_filled_in_at_every_depth(shop: Document) -> None:
    health_check = shop.component("lb").properties["health_check"]
    assert dict(health_check) == {
        "path": "/healthz",
        "interval_seconds": 15,
        "timeout_seconds": 5,
        "healthy_threshold": 3,
        "unhealthy_threshold": 3,
    }
    rule = shop.component("db-firewall").properties["ingress"][0]
    assert rule["source"] == Ref("web-firewall")
    assert rule["protocol"] == "tcp"
    (node_group, _) = (
        validate(examples.load("container-platform")).component("cluster").properties["node_groups"]
    )
    assert node_group["spot"] is False


def test_an_object_in_a_mapping_is_not_taken_for_a_reference() -> None:
    group: dict[str, Any] = {"name": "g", "labels": {"ref": "x", "var": "y"}}
    container_platform = examples.load("container-platform")
    cluster = next(p for p in container_platform["components"] if p["id"] == "cluster")
    cluster["properties"]["node_groups"] = [group]
    labels = (
        validate(container_platform).component("cluster").properties["node_groups"][0]["labels"]
    )
    assert dict(labels) == {"ref": "x", "var": "y"}


def test_names_and_tags_have_defaults(shop: Document) -> None:
    assert shop.component("db").name == "db"
    assert dict(shop.component("db").tags) == {"tier": "data"}
    assert dict(shop.component("main").tags) == {}


def test_outputs_and_relations_are_typed(shop: Document) -> None:
    assert dict(shop.outputs) == {
        "url": Ref("lb", "dns_name"),
        "database_host": Ref("db", "host"),
    }
    assert str(shop.outputs["url"]) == "lb.dns_name"
    assert Relation("web", "db", "connects_to") in shop.relations


def test_dependencies_follow_references_and_depends_on() -> None:
    built = validate(
        document(
            part("late", "queue", dead_letter={"queue": ref("early")}),
            part("early", "queue"),
            part("last", "queue"),
            part("free", "queue", delay_seconds=var("delay")),
            variables={"delay": {"type": "number"}},
            relations=[{"from": "last", "to": "late", "type": "depends_on"}],
        )
    )
    assert dict(built.dependencies) == {
        "late": ("early",),
        "early": (),
        "last": ("late",),
        "free": (),
    }
    assert [component.id for component in built.build_order] == ["early", "late", "last", "free"]


def test_every_component_is_built_after_what_it_needs(shop: Document) -> None:
    position = {component.id: index for index, component in enumerate(shop.build_order)}
    assert len(position) == len(shop.components)
    for component_id, needed in shop.dependencies.items():
        assert all(position[name] < position[component_id] for name in needed)


def test_components_are_found_by_type_and_id(shop: Document) -> None:
    assert [found.id for found in shop.of_type("database", "load_balancer")] == ["lb", "db"]
    assert shop.component("db").component_type.title == "Relational database"
    with pytest.raises(KeyError, match="nowhere"):
        shop.component("nowhere")


def test_nothing_in_it_can_be_changed(shop: Document) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'cloud'"):
        shop.cloud = "azure"  # type: ignore[misc]  # the refusal is the point
    for mapping in (shop.component("db").properties, shop.variables, shop.outputs):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["x"] = 1  # type: ignore[index]  # likewise


def test_the_callers_document_is_left_alone() -> None:
    original = three_tier()
    validate(original)
    assert original == three_tier()
