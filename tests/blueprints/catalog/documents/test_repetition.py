"""Components that stand several times: over what, and what may refer to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from blueprints.catalog.documents import Each, Join, Repeat, Var, diff, validate

from .builders import (
    Json,
    document,
    network_with_subnets,
    only_problem,
    part,
    places,
    problems,
    ref,
    var,
)

VARIABLES: Json = {
    "teams": {"type": "list"},
    "queues": {
        "type": "map",
        "element": {
            "type": "object",
            "attributes": {
                "delay": {"type": "number"},
                "note": {"type": "string", "optional": True},
            },
        },
    },
    "many": {"type": "number"},
    "wanted": {"type": "boolean"},
    "maybe": {"type": "boolean", "nullable": True},
    "groups": {"type": "list", "element": {"type": "list"}},
}


def each(path: str) -> Json:
    return {"each": path}


def queue(component_id: str = "jobs", /, properties: Json | None = None, **members: Any) -> Json:
    return {"id": component_id, "type": "queue", "properties": properties or {}, **members}


def using(*components: Json, **members: Any) -> Json:
    return document(*components, variables=VARIABLES, **members)


def test_a_component_stands_for_each_key_and_takes_what_lies_under_it() -> None:
    jobs = queue(properties={"delay_seconds": each("value.delay")}, for_each=var("queues"))
    found = validate(using(jobs)).component("jobs")
    assert found.repeat == Repeat("for_each", Var("queues"))
    assert found.properties["delay_seconds"] == Each(("value", "delay"))


@pytest.mark.parametrize(
    ("members", "value"),
    [
        ({"when": var("wanted")}, Var("wanted")),
        ({"when": False}, False),
        ({"count": 3}, 3),
        ({"count": var("many")}, Var("many")),
        ({"for_each": ["a", "b"]}, ("a", "b")),
        ({"for_each": {"a": {"delay": 1}}}, {"a": {"delay": 1}}),
        ({"for_each": var("teams")}, Var("teams")),
        ({"for_each": {"var": 1, "other": 2}}, {"var": 1, "other": 2}),
    ],
)
def test_it_is_repeated_as_it_says(members: Json, value: object) -> None:
    repeat = validate(using(queue(**members))).component("jobs").repeat
    assert repeat == Repeat(next(iter(members)), value)


@pytest.mark.parametrize(
    ("component", "place", "code"),
    [
        (queue(when="yes"), "/when", "wrong-type"),
        (queue(when=var("many")), "/when/var", "type-mismatch"),
        (queue(when=var("maybe")), "/when/var", "type-mismatch"),
        (queue(when=ref("jobs.arn")), "/when/ref", "unknown-property"),
        (queue(count=101), "/count", "too-large"),
        (queue(count=-1), "/count", "too-small"),
        (queue(count=var("none")), "/count/var", "unknown-variable"),
        (queue(for_each=var("groups")), "/for_each/var", "type-mismatch"),
        (queue(for_each=["a", "a"]), "/for_each/1", "repeated-item"),
        (queue(for_each=["a", "B"]), "/for_each/1", "wrong-form"),
        (queue(for_each=["a" * 13]), "/for_each/0", "wrong-form"),
        (queue(for_each=['a"]\n}']), "/for_each/0", "wrong-form"),
        (queue(for_each={"a b": 1}), "/for_each/a b", "wrong-name"),
        (queue(for_each=[f"k{n}" for n in range(101)]), "/for_each", "too-many"),
        (queue(when=True, count=2), "/count", "contradiction"),
        ({**part("jobs", "network", cidr="10.0.0.0/16"), "count": 2}, "/count", "contradiction"),
        ({"id": "jobs", "type": "queue", "existing": {"name": "x"}, "count": 2}, "/count",
         "contradiction"),
        (queue(properties={"delay_seconds": each("value")}), "/properties/delay_seconds/each",
         "unknown-variable"),
        (queue(properties={"delay_seconds": each("value")}, when=True),
         "/properties/delay_seconds/each", "unknown-variable"),
        (queue(properties={"delay_seconds": each("key")}, for_each=["a"]),
         "/properties/delay_seconds/each", "type-mismatch"),
        (queue(properties={"delay_seconds": each("value.delya")}, for_each=var("queues")),
         "/properties/delay_seconds/each", "unknown-variable"),
        (queue(properties={"delay_seconds": each("value.note")}, for_each=var("queues")),
         "/properties/delay_seconds/each", "type-mismatch"),
        (queue(properties={"delay_seconds": each("value")}, for_each={"a": 1, "b": "x"}),
         "/properties/delay_seconds/each", "unknown-variable"),
        (queue(properties={"delay_seconds": each("value[0]")}, for_each={"a": 1}),
         "/properties/delay_seconds/each", "wrong-form"),
        ({"id": "jobs", "type": "object_storage", "properties": {"bucket": "logs"}, "count": 2},
         "/properties/bucket", "repeated-name"),
    ],
)  # fmt: skip
def test_what_cannot_be_repeated_is_refused_where_it_stands(
    component: Json, place: str, code: str
) -> None:
    assert (f"/components/0{place}", code) in places(using(component))


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ({"a": 1, "b": None}, "value"),
        ({"a": {"delay": 1}, "b": {"delay": None}}, "value.delay"),
        ({"a": {"in": {"delay": 1}}, "b": {"in": {"delay": None}}}, "value.in.delay"),
    ],
)
def test_null_under_a_key_is_named(keys: Json, value: str) -> None:
    component = queue(properties={"delay_seconds": each(value)}, for_each=keys)
    (problem,) = (x for x in problems(using(component)) if x.code == "unknown-variable")
    assert problem.pointer == "/components/0/properties/delay_seconds/each"
    assert 'For key "b" it is null' in problem.message
    valid = json.loads(json.dumps(keys).replace("null", "2"))
    assert places(using(component | {"for_each": valid})) == []


def test_the_key_may_stand_in_names_and_tags() -> None:
    bucket = {"id": "logs", "type": "object_storage", "for_each": ["a", "b"],
              "tags": {"Team": each("key")},
              "properties": {"bucket": {"join": ["logs-", each("key")]}}}  # fmt: skip
    found = validate(using(bucket)).component("logs")
    assert found.tags["Team"] == Each(("key",))
    assert found.properties["bucket"] == Join(("logs-", Each(("key",))))


def alarms(**repeat: Any) -> Json:
    return {**part("alarms", "raw", resource="aws_sns_topic",
                   arguments={"kms_master_key_id": ref("jobs.arn")}), **repeat}  # fmt: skip


@pytest.mark.parametrize(
    ("jobs", "topics", "valid"),
    [
        ({"for_each": ["a"]}, {"for_each": ["a"]}, True),
        ({"for_each": var("teams")}, {"for_each": var("teams")}, True),
        ({"when": var("wanted")}, {"when": var("wanted")}, True),
        ({"for_each": ["a"]}, {"for_each": ["b"]}, False),
        ({"for_each": ["a"]}, {}, False),
        ({"when": True}, {}, False),
        ({"count": 2}, {"when": True}, False),
        ({}, {"for_each": ["a"]}, True),
    ],
)
def test_only_what_is_repeated_alike_may_refer_to_each_other(
    jobs: Json, topics: Json, valid: bool
) -> None:
    found = places(using(queue(**jobs), alarms(**topics)))
    place = "/components/1/properties/arguments/kms_master_key_id/ref"
    assert found == ([] if valid else [(place, "wrong-reference")])


def test_a_list_of_firewalls_takes_all_of_them() -> None:
    walls = {**part("walls", "firewall", network=ref("main")), "for_each": ["a", "b"]}
    machine = part("box", "compute_instance", size="small", image="debian-12",
                   subnet=ref("main-a"), firewalls=[ref("walls")])  # fmt: skip
    candidate = using(*network_with_subnets(), walls, machine)
    assert problems(candidate) == ()
    rule = {"protocol": "tcp", "port": 1, "source": ref("walls")}
    other = part("other", "firewall", network=ref("main"), ingress=[rule])
    assert only_problem(using(*network_with_subnets(), walls, other)).code == "wrong-reference"


def test_outputs_show_all_instances_but_join_none() -> None:
    jobs = queue(for_each=["a"])
    assert problems(using(jobs, outputs={"arns": ref("jobs.arn")})) == ()
    joined = using(jobs, outputs={"x": {"join": ["a", ref("jobs.arn")]}})
    assert only_problem(joined).code == "wrong-reference"
    assert only_problem(using(jobs, outputs={"x": each("key")})).code == "wrong-reference"


def test_relations_mean_one_component() -> None:
    jobs, other = queue(for_each=["a"]), queue("other")
    waits = [{"from": "other", "to": "jobs", "type": "depends_on"}]
    assert problems(using(jobs, other, relations=waits)) == ()
    worker = part("worker", "role", trusted_service="function")
    reads = [{"from": "worker", "to": "jobs", "type": "reads_from"}]
    assert ("/relations/0/to", "wrong-relation") in places(using(jobs, worker, relations=reads))


def test_another_key_is_a_difference() -> None:
    (change,) = diff(using(queue(for_each=["a"])), using(queue(for_each=["a", "b"])))
    assert (change.pointer, change.new) == ("/for_each", ["a", "b"])


@pytest.mark.parametrize(
    ("values", "is_named"), [({"a": {"d": 1}, "b": {"e": 1}}, True), ({"a": {"e": 1}}, False)]
)
def test_keys_whose_values_are_not_alike_are_named(values: Json, *, is_named: bool) -> None:
    jobs = part("jobs", "queue", delay_seconds={"each": "value.d"}) | {"for_each": values}
    assert ("not alike" in only_problem(document(jobs)).message) is is_named
