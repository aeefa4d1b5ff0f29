from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.problems import suggestion

from .builders import (
    Json,
    changed,
    document,
    index_of,
    network_with_subnets,
    only_problem,
    part,
    places,
    problems,
    ref,
    three_tier,
    var,
)


def bucket_and_function(**function: Any) -> Json:
    needed = {
        "runtime": "go",
        "handler": "main",
        "source": {"bucket": ref("code"), "key": "a.zip"},
    }
    return document(
        part("code", "object_storage"),
        part("jobs", "queue"),
        part("pass", "secret", generate={}),
        part("role", "role", trusted_service="function"),
        part("machine-role", "role", trusted_service="compute_instance"),
        part("f", "function", **{**needed, **function}),
        variables={
            "token": {"type": "string", "secret": True},
            "name": {"type": "string"},
            "seconds": {"type": "number", "default": 20},
            "hours": {"type": "number", "default": 7200},
            "on": {"type": "boolean"},
        },
    )


@pytest.mark.parametrize(
    ("properties", "place", "code"),
    [
        ({"role": ref("rolle")}, "role/ref", "unknown-component"),
        ({"role": ref("jobs")}, "role/ref", "wrong-reference"),
        ({"role": ref("machine-role")}, "role/ref", "wrong-reference"),
        ({"queues": [{"queue": ref("code")}]}, "queues/0/queue/ref", "wrong-reference"),
        ({"environment": {"NAME": ref("jobs.ulr")}}, "environment/NAME/ref", "unknown-attribute"),
        ({"environment": {"NAME": ref("jobz.url")}}, "environment/NAME/ref", "unknown-component"),
        ({"environment": {"NAME": var("nam")}}, "environment/NAME/var", "unknown-variable"),
        ({"timeout_seconds": var("name")}, "timeout_seconds/var", "type-mismatch"),
        ({"timeout_seconds": var("hours")}, "timeout_seconds/var", "default-does-not-fit"),
        ({"timeout_seconds": ref("jobs.url")}, "timeout_seconds/ref", "type-mismatch"),
        ({"handler": var("token")}, "handler/var", "secret-exposed"),
        ({"handler": var("on")}, "handler/var", "type-mismatch"),
    ],
)
def test_a_name_that_does_not_fit_is_found(properties: Json, place: str, code: str) -> None:
    problem = only_problem(bucket_and_function(**properties))
    assert (problem.pointer, problem.code) == (f"/components/5/properties/{place}", code)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"role": ref("role")},
        {"queues": [{"queue": ref("jobs")}]},
        {
            "environment": {
                "NAME": ref("jobs.url"),
                "SECRET": var("token"),
                "IS_ON": var("on"),
                "SIZE": 1,
            }
        },
        {"timeout_seconds": var("seconds")},
        {"handler": var("name")},
    ],
)
def test_names_that_fit_are_accepted(properties: Json) -> None:
    assert problems(bucket_and_function(**properties)) == ()


def test_what_was_probably_meant_is_said() -> None:
    message = only_problem(bucket_and_function(environment={"NAME": ref("jobs.ulr")})).message
    assert message == 'Type queue has no attribute "ulr". Did you mean "url"?'
    message = only_problem(bucket_and_function(role=ref("jobs"))).message
    assert message == '"jobs" is of type queue; expected role. There are "machine-role", "role".'


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("ulr", ["arn", "url", "id"], 'Did you mean "url"?'),
        ("URL", ["arn", "url"], 'Did you mean "url"?'),
        ("zzz", ["b", "a"], 'Known are "a", "b".'),
        ("zzz", [], "There are none."),
        ("m7-huge", [*"abcdefghijkl", "m7g.large"], 'Known are "m7g.large", "a", "b",'),
    ],
)
def test_the_closest_names_are_said_first(name: str, known: list[str], said: str) -> None:
    assert suggestion(name, known).startswith(said)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (var("web_machines"), "not-a-secret"),
        (ref("web"), "wrong-reference"),
        (ref("db-password"), "unknown-component"),
    ],
)
def test_a_secret_comes_from_a_secret(value: Json, code: str) -> None:
    original = three_tier()
    path = ("components", index_of(original, "db"), "properties", "password")
    assert only_problem(changed(original, *path, to=value)).code == code


def test_a_secret_may_come_from_a_secret_component() -> None:
    original = three_tier()
    path = ("components", index_of(original, "db"), "properties", "password")
    candidate = changed(original, *path, to=ref("db-password"))
    candidate["components"].append(part("db-password", "secret", generate={"length": 40}))
    assert problems(candidate) == ()


@pytest.mark.parametrize(
    "component",
    [
        part("s", "secret", value=var("token")),
        part("db", "database", engine="postgres", subnets=[ref("main-a"), ref("main-b")],
             password=var("token")),
        part("c", "cache", engine="valkey", subnets=[ref("main-a")], auth_token=var("token")),
    ],
)  # fmt: skip
def test_a_secret_that_is_needed_is_never_null(component: Json) -> None:
    def candidate(**more: Any) -> Json:
        token = {"type": "string", "secret": True, **more}
        return document(*network_with_subnets(), component, variables={"token": token})

    (name,) = (n for n, value in component["properties"].items() if value == var("token"))
    found = places(candidate(nullable=True))
    assert found == [(f"/components/3/properties/{name}/var", "type-mismatch")]
    assert problems(candidate()) == ()


def test_a_secret_variable_has_no_attributes() -> None:
    def candidate(value: Any) -> Json:
        raw = part("it", "raw", resource="aws_db_instance", arguments=value)
        return document(raw, variables={"token": {"type": "string", "secret": True}})

    fits = {"instance_class": "x", "password": var("token")}
    assert problems(candidate(fits)) == ()
    dotted = {"instance_class": "x", "password": var("token.inner")}
    place = "/components/0/properties/arguments/password/var"
    assert places(candidate(dotted)) == [(place, "unknown-attribute")]


def test_an_output_shows_no_secret() -> None:
    candidate = changed(three_tier(), "outputs", "url", to=var("db_password"))
    assert places(candidate) == [("/outputs/url/var", "secret-exposed")]
    assert problems(changed(three_tier(), "outputs", "url", to=var("web_machines"))) == ()


def test_a_second_component_of_the_same_id_is_refused() -> None:
    candidate = document(part("a", "queue"), part("b", "queue"), part("a", "network"))
    assert ("/components/2/id", "duplicate-id") in places(candidate)


@pytest.mark.parametrize(
    ("relation", "place", "code"),
    [
        ({"from": "lb", "to": "nowhere", "type": "routes_to"}, "to", "unknown-component"),
        ({"from": "nowhere", "to": "db", "type": "connects_to"}, "from", "unknown-component"),
        ({"from": "web", "to": "web", "type": "connects_to"}, "to", "relation-to-itself"),
        ({"from": "db", "to": "web", "type": "connects_to"}, "type", "wrong-relation"),
        ({"from": "web", "to": "db", "type": "routes_to"}, "type", "wrong-relation"),
    ],
)
def test_a_relation_that_cannot_be_is_refused(relation: Json, place: str, code: str) -> None:
    candidate = changed(three_tier(), "relations", 0, to=relation)
    assert places(candidate) == [(f"/relations/0/{place}", code)]


def test_the_relations_that_could_be_are_named() -> None:
    relation = {"from": "web", "to": "db", "type": "routes_to"}
    message = only_problem(changed(three_tier(), "relations", 0, to=relation)).message
    assert "Possible between them: connects_to, reads_from, writes_to, depends_on." in message


def test_the_same_relation_twice_is_refused() -> None:
    original = three_tier()
    candidate = changed(
        original, "relations", to=[*original["relations"], original["relations"][0]]
    )
    assert places(candidate) == [("/relations/2", "repeated-relation")]


def test_components_that_name_each_other_form_a_circle() -> None:
    candidate = document(
        part("a", "queue", dead_letter={"queue": ref("b")}),
        part("b", "queue", dead_letter={"queue": ref("c")}),
        part("c", "queue", dead_letter={"queue": ref("a")}),
    )
    problem = only_problem(candidate)
    assert problem.code == "circle"
    assert problem.pointer == "/components/2/properties/dead_letter/queue/ref"
    assert "a → b → c → a" in problem.message


def test_a_component_cannot_need_itself() -> None:
    problem = only_problem(document(part("a", "queue", dead_letter={"queue": ref("a")})))
    assert problem.code == "circle"


def test_depends_on_counts_for_circles_and_other_relations_do_not() -> None:
    original = three_tier()
    back = {"from": "main", "to": "web", "type": "depends_on"}
    candidate = changed(original, "relations", to=[back])
    assert {code for _, code in places(candidate)} == {"circle"}
    talking = [
        {"from": "a", "to": "b", "type": "connects_to", "ports": [80]},
        {"from": "b", "to": "a", "type": "connects_to", "ports": [80]},
    ]
    machines = [part(name, "compute_instance", subnet=ref("main-a")) for name in "ab"]
    assert problems(document(*network_with_subnets(), *machines, relations=talking)) == ()


def test_firewalls_may_name_each_other_and_themselves() -> None:
    def rule(peer: str, name: str) -> Json:
        return {"port": 1, peer: ref(name)}

    candidate = document(
        *network_with_subnets(),
        part(
            "a",
            "firewall",
            network=ref("main"),
            ingress=[rule("source", "a")],
            egress=[rule("destination", "b")],
        ),
        part("b", "firewall", network=ref("main"), ingress=[rule("source", "a")]),
    )
    assert problems(candidate) == ()


@pytest.mark.parametrize("fifo", [True, False])
def test_a_dead_letter_queue_is_of_the_same_kind(fifo: bool) -> None:
    def queues(*, failed: bool) -> Json:
        return document(
            part("failed", "queue", fifo=failed),
            part("jobs", "queue", fifo=fifo, dead_letter={"queue": ref("failed")}),
        )

    assert problems(queues(failed=fifo)) == ()
    problem = only_problem(queues(failed=not fifo))
    assert problem.code == "wrong-reference"
    assert f"here it must be {str(fifo).lower()}" in problem.message


@pytest.mark.parametrize(("url", "found"), [("none", 1), ("private", 0), ("public", 0)])
def test_an_attribute_that_a_property_turns_off_is_not_there(url: str, found: int) -> None:
    candidate = bucket_and_function(url=url)
    name = candidate["components"][-1]["id"]
    candidate["outputs"] = {"url": ref(f"{name}.url")}
    assert places(candidate) == [("/outputs/url/ref", "unknown-attribute")] * found


def test_a_right_to_write_where_nothing_is_written_is_refused_where_it_stands() -> None:
    role = part("hands", "role", trusted_service="function", writes=[ref("keys")])
    keys = part("keys", "secret", value=var("key"))
    key = {"key": {"type": "string", "secret": True}}
    found = problems(document(keys, role, variables=key))
    assert [each.pointer for each in found] == ["/components/1/properties/writes/0/ref"]
