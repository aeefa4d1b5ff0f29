"""Components that exist already: how they are found, and what may be said of them."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.component_types.existing import EXISTING
from blueprints.catalog.documents import Existing, Join, Var, diff, validate

from .builders import Json, changed, document, only_problem, part, places, problems, ref, var

VARIABLES: Json = {"vpc": {"type": "string"}, "n": {"type": "number"}}


def existing(component_id: str, kind: str, by: Json, **facts: Any) -> Json:
    return {"id": component_id, "type": kind, "existing": by, "properties": facts}


def in_existing_network(*others: Json, **members: Any) -> Json:
    return document(
        existing("main", "network", {"id": var("vpc")}, cidr="10.0.0.0/16"),
        existing("a", "subnet", {"tags": {"Tier": "db"}}, network=ref("main"), zone="a"),
        existing("b", "subnet", {"name": "data-b"}, network=ref("main"), zone="b", public=True),
        *others,
        **{"variables": {"vpc": {"type": "string"}}, **members},
    )


DATABASE = part("db", "database", engine="postgres", subnets=[ref("a"), ref("b")],
                password=ref("pw"))  # fmt: skip
SECRET = existing("pw", "secret", {"name": "prod/db"})


def test_existing_components_are_apart_from_those_that_are_made() -> None:
    built = validate(in_existing_network(DATABASE, SECRET))
    assert [made.id for made in built.components] == ["db"]
    assert [found.id for found in built.existing] == ["main", "a", "b", "pw"]
    assert built.component("main").existing == Existing("id", Var("vpc"))
    assert built.component("a").existing == Existing("tags", {"Tier": "db"})
    assert built.component("a").properties["public"] is False
    assert dict(built.dependencies) == {"db": ()}


def test_what_it_is_found_by_may_be_put_together() -> None:
    by = {"name": {"join": [var("vpc"), "-logs"]}}
    logs = document(existing("logs", "object_storage", by), variables={"vpc": {"type": "string"}})
    found = validate(logs).component("logs").existing
    assert found == Existing("name", Join((Var("vpc"), "-logs")))


@pytest.mark.parametrize(
    ("component", "place", "code"),
    [
        (existing("x", "network", {}), "/existing", "too-few"),
        (existing("x", "network", {"id": "a", "name": "b"}), "/existing", "too-many"),
        (existing("x", "network", {"arn": "a"}), "/existing/arn", "unknown-property"),
        (existing("x", "network", {"id": 1}), "/existing/id", "wrong-type"),
        (existing("x", "network", {"id": var("n")}), "/existing/id/var", "type-mismatch"),
        (existing("x", "network", {"tags": {}}), "/existing/tags", "too-few"),
        (existing("x", "network", {"tags": {"a": 1}}), "/existing/tags/a", "wrong-type"),
        (existing("x", "queue", {"id": "a"}), "/existing/id", "unknown-property"),
        (existing("x", "autoscaling_group", {"id": "a"}), "/existing", "contradiction"),
        (existing("x", "raw", {"id": "a"}), "/existing", "contradiction"),
        (existing("x", "subnet", {"id": "a"}), "/properties", "missing-property"),
        (existing("x", "network", {"id": "a"}, nat="single"), "/properties/nat",
         "unknown-property"),
        ({**existing("x", "network", {"id": "a"}), "tags": {"a": "b"}}, "/tags", "contradiction"),
        ({**existing("x", "network", {"id": "a"}), "lifecycle": {"prevent_destroy": True}},
         "/lifecycle", "contradiction"),
        ({**existing("x", "network", {"id": "a"}), "moved_from": ["y"]},
         "/moved_from", "contradiction"),
        ({**existing("x", "network", {"id": "a"}), "comment": "b"}, "/comment", "contradiction"),
        ({**existing("x", "queue", {"name": "a"}), "overrides": {"aws": {"aws_sqs_queue": {}}}},
         "/overrides", "contradiction"),
    ],
)  # fmt: skip
def test_a_wrong_lookup_is_refused_where_it_is_wrong(
    component: Json, place: str, code: str
) -> None:
    assert (f"/components/0{place}", code) in places(document(component, variables=VARIABLES))


def test_a_managed_subnet_may_divide_an_existing_network_if_it_is_private() -> None:
    subnet = part("new", "subnet", network=ref("main"), cidr="10.0.9.0/24", zone="c")
    assert problems(in_existing_network(subnet)) == ()
    public = changed(subnet, "properties", "public", to=True)
    assert only_problem(in_existing_network(public)).pointer == "/components/3/properties/public"
    outside = changed(subnet, "properties", "cidr", to="10.1.9.0/24")
    assert only_problem(in_existing_network(outside)).code == "outside-network"


def test_nothing_that_exists_lies_in_a_network_to_be_made() -> None:
    candidate = document(
        part("main", "network", cidr="10.0.0.0/16"),
        existing("a", "subnet", {"id": "subnet-0a1b2c3d"}, network=ref("main"), zone="a"),
    )
    problem = only_problem(candidate)
    assert (problem.pointer, problem.code) == (
        "/components/1/properties/network/ref",
        "wrong-reference",
    )


def test_what_only_a_made_component_has_cannot_be_asked_of_an_existing_one() -> None:
    group = part("web", "autoscaling_group", size="small", image="debian-12", min=1, max=2,
                 subnets=[ref("a")], load_balancer=ref("lb"))  # fmt: skip
    balancer = existing("lb", "load_balancer", {"name": "shared"})
    candidate = in_existing_network(group, balancer)
    assert ("/components/3/properties/load_balancer/ref", "wrong-reference") in places(candidate)
    function = document(existing("f", "function", {"name": "f"}), outputs={"u": ref("f.url")})
    assert only_problem(function).code == "unknown-attribute"


@pytest.mark.parametrize(
    ("relation", "member"),
    [
        ({"from": "pw", "to": "db", "type": "depends_on"}, "from"),
        ({"from": "web", "to": "old", "type": "connects_to"}, "type"),
    ],
)
def test_relations_change_nothing_that_exists(relation: Json, member: str) -> None:
    web = part("web", "compute_instance", size="small", image="debian-12", subnet=ref("a"))
    old = existing("old", "database", {"name": "old"})
    candidate = in_existing_network(DATABASE, SECRET, web, old, relations=[relation])
    assert (f"/relations/0/{member}", "wrong-relation") in places(candidate)


def test_making_what_existed_is_a_difference() -> None:
    old = document(existing("jobs", "queue", {"name": "jobs"}))
    new = document(part("jobs", "queue"))
    assert ("removed", "/existing") in [(c.kind, c.pointer) for c in diff(old, new)]


@pytest.mark.parametrize("kind", sorted(EXISTING))
def test_the_table_names_properties_and_attributes_that_the_type_has(kind: str) -> None:
    known, table = component_types.get(kind), EXISTING[kind]
    assert set(table.facts) <= known.schema["properties"].keys()
    assert set(table.needed) <= set(table.facts)
    assert table.unknown <= {attribute.name for attribute in known.attributes}
    assert set(table.found_by) <= {"id", "name", "tags"}


def test_nothing_is_looked_up_by_itself_or_by_what_is_built_on_it() -> None:
    itself = document(existing("s", "network", {"id": ref("s.id")}))
    assert places(itself) == [("/components/0/existing/id/ref", "circle")]
    machine = part("box", "compute_instance", size="small", image="debian-12", subnet=ref("a"))

    def looked_up_by(box: str) -> Json:
        network = existing("main", "network", {"name": "main"})
        subnet = existing("a", "subnet", {"tags": {"made-for": ref(box)}}, network=ref("main"),
                          zone="a")  # fmt: skip
        return document(network, subnet, machine, part("other", "queue"))

    assert [code for _, code in places(looked_up_by("box.id"))] == ["circle"]
    built = validate(looked_up_by("other.name"))
    assert dict(built.dependencies) == {"box": (), "other": ()}
