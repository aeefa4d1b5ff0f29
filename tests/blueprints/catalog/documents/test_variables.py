"""Variables of every type: what their definitions may say, and where they fit."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import Var, validate
from blueprints.catalog.documents.value_types import Constraints, ValueType

from .builders import Json, document, only_problem, part, places, problems, ref, var

SETTINGS: Json = {
    "type": "object",
    "attributes": {
        "delay": {"type": "number"},
        "name": {"type": "string", "optional": True},
        "ports": {"type": "list", "element": {"type": "number"}},
    },
    "default": {"delay": 5, "ports": [1, 2]},
}


def variable(**definition: Any) -> Json:
    return document(variables={"it": definition}, outputs={"it": var("it")})


def used(
    definition: Json, path: str = "it", kind: str = "queue", name: str = "delay_seconds"
) -> Any:
    return document(part("x", kind, **{name: var(path)}), variables={"it": definition})


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "string", "default": "a", "pattern": "^[a-z]+$", "min_length": 1, "max_length": 3},
        {"type": "string", "allowed_values": ["a", "b"], "default": "b"},
        {"type": "number", "min": 0.5, "max": 10, "default": 2},
        {"type": "number", "allowed_values": [1, 2]},
        {"type": "boolean", "nullable": True, "default": None},
        {"type": "string", "nullable": True},
        {"type": "list", "element": {"type": "number"}, "default": [1], "min_length": 1},
        {"type": "map", "default": {"a": "b"}},
        {"type": "map", "element": SETTINGS | {"optional": False}} | {"default": {}},
        SETTINGS,
        {"type": "string", "secret": True, "pattern": "^.{12,}$"},
    ],
    ids=str,
)
def test_variables_say_what_they_hold(definition: Json) -> None:
    definition = dict(definition.items())
    if isinstance(definition.get("element"), dict):
        definition["element"] = {k: v for k, v in definition["element"].items()
                                 if k not in {"default", "optional"}}  # fmt: skip
    candidate = variable(**definition)
    if definition.get("secret"):
        candidate["outputs"] = {}
    assert problems(candidate) == ()


@pytest.mark.parametrize(
    ("definition", "place", "code"),
    [
        ({"type": "tuple"}, "/type", "unknown-option"),
        ({"type": "object"}, "", "contradiction"),
        ({"type": "string", "element": {"type": "string"}}, "/element", "contradiction"),
        ({"type": "list", "element": {"type": "string", "default": "x"}}, "/element/default",
         "unknown-property"),
        ({"type": "list", "attributes": {}}, "/attributes", "contradiction"),
        ({"type": "map", "element": {"type": "list", "attributes": {"a": {"type": "string"}}}},
         "/element/attributes", "contradiction"),
        ({"type": "object", "attributes": {"A-b": {"type": "string"}}}, "/attributes/A-b",
         "wrong-name"),
        ({"type": "object", "attributes": {"a": {}}}, "/attributes/a", "missing-property"),
        ({"type": "number", "pattern": "x"}, "/pattern", "contradiction"),
        ({"type": "number", "pattern": "x", "default": 5}, "/pattern", "contradiction"),
        ({"type": "list", "pattern": "x", "default": ["a"]}, "/pattern", "contradiction"),
        ({"type": "boolean", "max_length": 1, "default": True}, "/max_length", "contradiction"),
        ({"type": "object", "attributes": {"for": {"type": "string"}}}, "/attributes/for",
         "wrong-name"),
        ({"type": "string", "min": 1}, "/min", "contradiction"),
        ({"type": "number", "min_length": 1}, "/min_length", "contradiction"),
        ({"type": "object", "attributes": {"a": {"type": "string"}}, "max_length": 1},
         "/max_length", "contradiction"),
        ({"type": "number", "min": 2, "max": 1}, "/min", "contradiction"),
        ({"type": "string", "min_length": 2, "max_length": 1}, "/min_length", "contradiction"),
        ({"type": "string", "allowed_values": ["a", 1]}, "/allowed_values/1", "contradiction"),
        ({"type": "string", "allowed_values": []}, "/allowed_values", "too-few"),
        ({"type": "string", "pattern": "^a", "allowed_values": ["a", "b"]}, "/allowed_values/1",
         "contradiction"),
        ({"type": "number", "max": 2, "allowed_values": [3]}, "/allowed_values/0",
         "contradiction"),
        ({"type": "string", "min_length": 2, "allowed_values": ["a"]}, "/allowed_values/0",
         "contradiction"),
        ({"type": "string", "pattern": "(?=x)"}, "/pattern", "wrong-value"),
        ({"type": "string", "pattern": "("}, "/pattern", "wrong-value"),
        ({"type": "string", "pattern": "\\C"}, "/pattern", "wrong-value"),
        ({"type": "string", "pattern": "a{1000}{1000}"}, "/pattern", "wrong-value"),
        ({"type": "string", "pattern": "^a", "default": "b"}, "/default", "default-does-not-fit"),
        ({"type": "string", "allowed_values": ["a"], "default": "b"}, "/default",
         "default-does-not-fit"),
        ({"type": "number", "min": 1, "default": 0}, "/default", "default-does-not-fit"),
        ({"type": "list", "max_length": 0, "default": ["a"]}, "/default", "default-does-not-fit"),
        ({"type": "list", "element": {"type": "number"}, "default": ["a"]}, "/default/0",
         "wrong-type"),
        ({"type": "map", "default": {"a": 1}}, "/default/a", "wrong-type"),
        (SETTINGS | {"default": {"delay": 5}}, "/default", "missing-property"),
        (SETTINGS | {"default": {"delay": 5, "ports": [], "x": 1}}, "/default/x",
         "unknown-property"),
        ({"type": "string", "default": None}, "/default", "wrong-type"),
        ({"type": "string", "secret": True, "allowed_values": ["hunter2"]}, "/allowed_values",
         "literal-secret"),
        ({"type": "map", "secret": True}, "/type", "wrong-type"),
        ({"type": "string", "default": "AKIAIOSFODNN7EXAMPLE"}, "/default", "literal-secret"),
        ({"type": "list", "default": ["", "ghp_" + "a1" * 18]}, "/default", "literal-secret"),
        ({"type": "map", "default": {"db_password": "hunter2"}}, "/default", "literal-secret"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_where_it_is_wrong(
    definition: Json, place: str, code: str
) -> None:
    assert (f"/variables/it{place}", code) in places(variable(**definition))


COMPOSED, DECOMPOSED = "\u00e9", "e\u0301"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"max_length": 1}, DECOMPOSED),
        ({"max_length": 1}, FAMILY),  # five code points, which Terraform counts as one
        ({"max_length": 2}, "a\r\n"),
        ({"pattern": "^.$"}, DECOMPOSED),
        ({"allowed_values": [COMPOSED]}, DECOMPOSED),
        ({"allowed_values": [DECOMPOSED]}, COMPOSED),
        ({"min_length": 2}, COMPOSED * 2),
    ],
)
def test_texts_are_judged_as_terraform_has_them(rules: Json, text: str) -> None:
    assert problems(variable(type="string", default=text, **rules)) == ()


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"min_length": 2}, DECOMPOSED),
        ({"pattern": "^.{2}$"}, DECOMPOSED),
        ({"max_length": 2}, COMPOSED * 3),
        ({"max_length": 2}, f"abc{FAMILY}"),
    ],
)
def test_what_terraform_certainly_refuses_is_refused(rules: Json, text: str) -> None:
    found = places(variable(type="string", default=text, **rules))
    assert found == [("/variables/it/default", "default-does-not-fit")]


def test_names_that_terraform_takes_for_one_are_refused() -> None:
    twice = variable(type="map", default={COMPOSED: "a", DECOMPOSED: "b"})
    assert only_problem(twice).code == "repeated-member"
    assert problems(variable(type="map", default={COMPOSED: "a", "e": "b"})) == ()


def test_types_lie_in_each_other_only_so_deep() -> None:
    definition: Json = {"type": "string"}
    for depth in range(6):
        assert (problems(variable(**definition)) == ()) is (depth < 4), depth
        definition = {"type": "list", "element": definition}


def test_an_attribute_of_an_object_stands_where_its_type_fits() -> None:
    built = validate(used(SETTINGS, "it.delay"))
    assert built.component("x").properties["delay_seconds"] == Var("it", ("delay",))
    assert built.variables["it"].default_at(("delay",)) == 5


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("it", "type-mismatch"),
        ("it.name", "type-mismatch"),
        ("it.ports", "type-mismatch"),
        ("it.none", "unknown-attribute"),
        ("it.delay.more", "unknown-attribute"),
        ("it.", "wrong-form"),
        ("it.a.b.c.d", "wrong-form"),
        ("it[0]", "wrong-form"),
    ],
)
def test_what_does_not_fit_is_refused(path: str, code: str) -> None:
    place = "/components/0/properties/delay_seconds/var"
    assert (place, code) in places(used(SETTINGS, path))


def test_the_default_of_an_attribute_must_fit_where_it_is_used() -> None:
    late = SETTINGS | {"default": {"delay": 901, "ports": []}}
    assert only_problem(used(late, "it.delay")).code == "default-does-not-fit"


def test_lists_of_objects_fit_in_no_property() -> None:
    objects = {"type": "list", "element": {"type": "list"}}
    rule = part("fw", "firewall", network={"ref": "n"},
                ingress=[{"protocol": "tcp", "port": 1, "cidrs": var("it")}])  # fmt: skip
    network = part("n", "network", cidr="10.0.0.0/16")
    candidate = document(network, rule, variables={"it": objects})
    assert only_problem(candidate).code == "type-mismatch"
    flat = document(network, rule, variables={"it": {"type": "list"}})
    assert problems(flat) == ()


def test_what_may_be_null_is_no_part_of_a_text() -> None:
    nullable = {"type": "string", "nullable": True}
    joined = document(variables={"it": nullable}, outputs={"x": {"join": ["a", var("it")]}})
    assert only_problem(joined).pointer == "/outputs/x/join/1/var"
    optional = document(variables={"it": SETTINGS}, outputs={"x": {"join": [var("it.name")]}})
    assert only_problem(optional).code == "type-mismatch"
    assert problems(document(variables={"it": nullable}, outputs={"x": var("it")})) == ()


def test_types_and_constraints_can_be_read_off_the_document() -> None:
    built = validate(variable(type="map", element={"type": "number"}, max_length=3))
    assert built.variables["it"].value_type == ValueType("map", ValueType("number"))
    assert built.variables["it"].constraints == Constraints(max_length=3)
    assert str(built.variables["it"].value_type) == "map of number"


@pytest.mark.parametrize(("element", "fits"), [("boolean", False), ("string", True)])
def test_a_list_holds_what_its_place_takes(element: str, *, fits: bool) -> None:
    wall = part("wall", "firewall", network=ref("main"),
                ingress=[{"port": 22, "cidrs": var("blocks")}])  # fmt: skip
    variables = {"blocks": {"type": "list", "element": {"type": element}}}
    candidate = document(part("main", "network", cidr="10.0.0.0/16"), wall, variables=variables)
    place = "/components/1/properties/ingress/0/cidrs/var"
    assert places(candidate) == ([] if fits else [(place, "type-mismatch")])


def test_a_variable_with_faults_is_not_called_missing_as_well() -> None:
    wrong = document(
        part("jobs", "queue", delay_seconds=var("delay")),
        region=var("place"),
        variables={"delay": {"type": "numbr"}, "place": {"type": "strng"}},
        environments={"prod": {"values": {"delay": 1}}},
    )
    assert [at for at, _ in places(wrong)] == ["/variables/delay/type", "/variables/place/type"]
    assert places(wrong | {"variables": {}}) == [
        ("/region/var", "unknown-variable"),
        ("/components/0/properties/delay_seconds/var", "unknown-variable"),
        ("/environments/prod/values/delay", "unknown-variable"),
    ]
