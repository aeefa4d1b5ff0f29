"""Each fault is one change to a valid document, and is found exactly where it was made."""

from __future__ import annotations

from typing import Any

import pytest

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
    without,
)

DB = index_of(three_tier(), "db")
WEB = index_of(three_tier(), "web")
FIREWALL = index_of(three_tier(), "web-firewall")
MAIN = index_of(three_tier(), "main")


def test_the_document_that_the_faults_are_made_in_is_valid() -> None:
    assert problems(three_tier()) == ()


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "text", [], [{}]])
def test_a_document_is_an_object(value: object) -> None:
    assert only_problem(value).code == "wrong-type"


@pytest.mark.parametrize("member", ["cloud", "region", "components"])
def test_a_missing_member_is_named(member: str) -> None:
    problem = only_problem_of_shape(without(three_tier(), member))
    assert problem.code == "missing-property"
    assert f'"{member}" is missing' in problem.message


def only_problem_of_shape(candidate: Json) -> Any:
    return next(problem for problem in problems(candidate) if problem.pointer == "")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("cloud",), "amazon", "unknown-option"),
        (("cloud",), 7, "wrong-type"),
        (("region",), None, "wrong-type"),
        (("variables",), [], "wrong-type"),
        (("variables", "db_password", "default"), "hunter2", "literal-secret"),
        (("variables", "db_password", "type"), "number", "wrong-type"),
        (("variables", "web_machines", "default"), "two", "wrong-type"),
        (("variables", "web_machines", "type"), "int", "unknown-option"),
        (("variables", "web_machines", "sensitive"), True, "unknown-property"),
        (("variables", "Web-Machines"), {"type": "number"}, "wrong-name"),
        (("components", DB, "id"), "Db", "wrong-form"),
        (("components", DB, "type"), "databse", "unknown-option"),
        (("components", DB, "name"), "x" * 64, "too-long"),
        (("components", DB, "colour"), "red", "unknown-property"),
        (("components", DB, "properties"), [], "wrong-type"),
        (("components", DB, "tags", "a,b"), "x", "wrong-name"),
        (("components", DB, "tags", "a"), 1, "wrong-type"),
        (("components", DB, "properties", "engine"), "oracle", "unknown-option"),
        (("components", DB, "properties", "storage_gb"), 19, "too-small"),
        (("components", DB, "properties", "storage_gb"), 65537, "too-large"),
        (("components", DB, "properties", "storage_gb"), "20", "wrong-type"),
        (("components", DB, "properties", "storage_gb"), 20.5, "wrong-type"),
        (("components", DB, "properties", "storage_gb"), True, "wrong-type"),
        (("components", DB, "properties", "storage_gb"), None, "wrong-type"),
        (("components", DB, "properties", "multi_zone"), 1, "wrong-type"),
        (("components", DB, "properties", "username"), "", "too-short"),
        (("components", DB, "properties", "username"), "1st", "wrong-form"),
        (("components", DB, "properties", "database"), "x" * 64, "too-long"),
        (("components", DB, "properties", "subnets"), ref("data-a"), "wrong-type"),
        (("components", DB, "properties", "subnets", 0), "data-a", "wrong-type"),
        (("components", DB, "properties", "subnets", 1), ref("data-a"), "repeated-item"),
        (("components", DB, "properties", "password"), "hunter2", "literal-secret"),
        (("components", DB, "properties", "storage"), 20, "unknown-property"),
        (("components", MAIN, "properties", "cidr"), "10.20.0.0", "wrong-form"),
        (("components", MAIN, "properties", "cidr"), "10.20.0.1/16", "wrong-value"),
        (("components", MAIN, "properties", "cidr"), "10.20.0.0/33", "wrong-value"),
        (("components", FIREWALL, "properties", "ingress", 0, "port"), 65536, "too-large"),
        (("components", FIREWALL, "properties", "ingress", 0, "ports"), 80, "unknown-property"),
        (("components", WEB, "properties", "subnets"), [], "too-few"),
        (("relations", 0, "type"), "likes", "unknown-option"),
        (("relations", 0, "via"), "lb", "unknown-property"),
        (("outputs", "url"), "https://example.com", "wrong-type"),
        (("outputs", "Url"), ref("lb.dns_name"), "wrong-name"),
        (("extra",), 1, "unknown-property"),
    ],
    ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_a_fault_is_found_where_it_is(path: tuple[Any, ...], value: object, code: str) -> None:
    original = three_tier()
    if "tags" in path:
        original["components"][DB]["tags"] = {}
    place = "".join(f"/{step}" for step in path)
    assert (place, code) in places(changed(original, *path, to=value))


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"reff": "db.host"},
        {"ref": "db"},
        {"ref": "db.host.port"},
        {"ref": 1},
        {"var": ""},
        {"var": "web machines"},
        {"var": "web_machines", "ref": "db.host"},
    ],
)
def test_a_malformed_expression_is_refused(value: object) -> None:
    path = ("components", WEB, "properties", "user_data")
    assert problems(changed(three_tier(), *path, to=ref("db.host"))) == ()
    found = places(changed(three_tier(), *path, to=value))
    assert found
    assert all(place.startswith("/".join(map(str, ("", *path)))) for place, _ in found)


@pytest.mark.parametrize(
    ("component_id", "valid"),
    [
        ("a", True),
        ("a" * 63, True),
        ("a-1", True),
        ("a" * 64, False),
        ("", False),
        ("1a", False),
        ("-a", False),
        ("a_b", False),
        ("a.b", False),
        ("A", False),
        ("a\n", False),
        ("a b", False),
        ("wеb", False),  # noqa: RUF001  # a Cyrillic letter is the point
        ("ｗeb", False),  # noqa: RUF001  # a full-width letter is the point
        ("web‍", False),  # so is an invisible joiner
    ],
)
def test_ids_are_plain_lower_case_names(component_id: str, valid: bool) -> None:
    candidate = document(part(component_id, "queue"))
    assert (problems(candidate) == ()) is valid


def test_a_look_alike_letter_is_named() -> None:
    problem = only_problem(document(part("wеb", "queue")))  # noqa: RUF001  # as above
    assert "Character 2 is U+0435, CYRILLIC SMALL LETTER IE" in problem.message


def test_a_letter_that_is_allowed_is_not_blamed() -> None:
    def named(text: str) -> str:
        return only_problem(document({**part("web", "queue"), "tags": {"Ort": text}})).message

    assert "U+" not in named("Köln\n")
    assert "U+0085" in named("Köl\u0085n")


def test_one_is_not_counted_as_many() -> None:
    found = problems(document(part("web", "load_balancer", listeners=[], subnets=[])))
    assert "At least 1 item, not 0." in [problem.message for problem in found]
    problem = only_problem(document(part("box", "object_storage", bucket="ab")))
    assert problem.message == "At least 3 characters, not 2."


def test_a_document_may_name_its_schema_for_editors() -> None:
    named = document(part("jobs", "queue")) | {"$schema": "https://iac.example/document.json"}
    assert problems(named) == ()
    assert [problem.code for problem in problems(named | {"$schema": 1})] == ["wrong-type"]


def test_near_names_are_suggested() -> None:
    type_fault = problems(changed(three_tier(), "components", DB, "type", to="databse"))[0]
    assert 'Did you mean "database"?' in type_fault.message
    property_fault = problems(
        changed(three_tier(), "components", DB, "properties", "storage", to=20)
    )[0]
    assert '"storage_gb"' in property_fault.message


def test_a_missing_property_is_explained() -> None:
    problem = only_problem(without(three_tier(), "components", DB, "properties", "engine"))
    assert problem.pointer == f"/components/{DB}/properties"
    assert problem.message == '"engine" is missing. The database engine.'


def test_properties_may_be_left_out_only_if_none_is_required() -> None:
    assert problems(document({"id": "a", "type": "queue"})) == ()
    assert only_problem(document({"id": "a", "type": "network"})).code == "missing-property"


def test_pointers_escape_what_pointers_use_themselves() -> None:
    candidate = document(part("a", "queue", **{"a/b~c": 1}))
    assert only_problem(candidate).pointer == "/components/0/properties/a~1b~0c"


def test_a_literal_secret_is_not_repeated_in_what_is_said_of_it() -> None:
    path = ("components", DB, "properties", "password")
    for value in ("hunter2!", ["hunter2!"], {"var": "hunter2!"}, {"value": "hunter2!"}):
        found = problems(changed(three_tier(), *path, to=value))
        assert found
        assert not any("hunter2" in problem.message for problem in found)


def test_a_number_without_fraction_is_a_whole_number() -> None:
    path = ("components", DB, "properties", "storage_gb")
    assert problems(changed(three_tier(), *path, to=50.0)) == ()


def test_what_a_rule_over_several_properties_forbids_is_found() -> None:
    path = ("components", WEB, "properties", "min")
    problem = only_problem(changed(three_tier(), *path, to=7))
    assert (problem.pointer, problem.code) == ("/" + "/".join(map(str, path)), "contradiction")
    assert problem.message == '"min" is 7, more than "max", which is 6.'


def test_faults_in_different_places_are_reported_together() -> None:
    candidate = document(
        *network_with_subnets(),
        part("q", "queue", size=1),
        part("d", "database", subnets=[ref("main-a"), ref("main-z")], password=var("nothing")),
        part("f", "firewall", network=ref("main-a")),
        part("t", "teapot"),
        part("s", "secret", value=var("nothing")),
        variables={"x": {"type": "number", "default": "y"}},
        relations=[{"from": "q", "to": "nowhere", "type": "depends_on"}],
        outputs={"o": ref("main.colour")},
        region="mars",
    )
    assert {code for _, code in places(candidate)} == {
        "unknown-property",
        "missing-property",
        "unknown-option",
        "wrong-reference",
        "unknown-variable",
        "wrong-type",
        "unknown-component",
        "unknown-attribute",
        "unknown-region",
    }


def test_a_reference_to_a_faulty_component_is_not_called_dangling() -> None:
    candidate = document(
        part("main", "network", cidr="nonsense"),
        part("a", "subnet", network=ref("main"), cidr="10.0.0.0/24"),
    )
    assert places(candidate) == [("/components/0/properties/cidr", "too-short")]
