"""Modules: versions of other blueprints, checked where they are used."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import (
    diff,
    schema,
    succession_warnings,
    validate,
)
from blueprints.catalog.documents.limits import (
    MAX_COMPONENTS,
    MAX_MODULE_DEPTH,
    MAX_MODULES,
)

from .builders import Json, changed, document, only_problem, part, places, problems, ref, var
from .module_builders import AT, INNER, JOBS, KEY, hosting, used


def test_a_module_has_the_components_of_its_version() -> None:
    built = validate(hosting(used(delay=5)))
    inner = built.component("orders").properties["document"]
    assert [component.id for component in inner.components] == ["jobs", "each", "more", "odd"]
    assert {component.within for component in inner.components} == {("orders",)}
    assert inner.variables["delay"].default == 1
    assert built.warnings == ()


def test_outputs_are_attributes() -> None:
    taken = part("it", "queue", delay_seconds=ref("orders.delay"))
    taken_out = {"one": ref("orders.url"), "all": ref("orders.urls")}
    assert places(hosting(used(), taken, outputs=taken_out)) == []
    wrong = part("it", "queue", delay_seconds=ref("orders.url"))
    assert places(hosting(used(), wrong)) == [
        ("/components/1/properties/delay_seconds/ref", "type-mismatch")
    ]
    assert places(hosting(used(), outputs={"x": ref("orders.arn")})) == [
        ("/outputs/x/ref", "unknown-attribute")
    ]


@pytest.mark.parametrize(
    ("inputs", "place", "code"),
    [
        ({"nope": 1}, "/inputs/nope", "unknown-property"),
        ({"delay": "soon"}, "/inputs/delay", "wrong-type"),
        ({"delay": True}, "/inputs/delay", "wrong-type"),
        ({"delay": 901}, "/inputs/delay", "value-does-not-fit"),
        ({"delay": var("text")}, "/inputs/delay/var", "type-mismatch"),
        ({"delay": var("maybe")}, "/inputs/delay/var", "type-mismatch"),
        ({"team": var("pin")}, "/inputs/team/var", "secret-exposed"),
        ({"team": var("none")}, "/inputs/team/var", "unknown-variable"),
        ({"team": ref("orders.url")}, "/inputs/team/ref", "circle"),
        ({"team": {"each": "key"}}, "/inputs/team/each", "unknown-variable"),
        ({"keys": ["a", "a b"]}, "/inputs/keys", "default-does-not-fit"),
        ({"keys": [1]}, "/inputs/keys/0", "wrong-type"),
        ({"odd": {"a": 1}}, "/inputs/odd/a", "unknown-property"),
        ({"odd": var("texts")}, "/inputs/odd/var", "type-mismatch"),
    ],
)
def test_inputs_are_held_to_the_modules_variables(inputs: Json, place: str, code: str) -> None:
    variables: Json = {
        "text": {"type": "string"}, "pin": {"type": "string", "secret": True},
        "maybe": {"type": "number", "nullable": True}, "texts": {"type": "map"},
    }  # fmt: skip
    assert (AT + place, code) in places(hosting(used(**inputs), variables=variables))


def test_inputs_that_fit_are_taken() -> None:
    variables: Json = {
        "n": {"type": "number", "default": 7},
        "t": {"type": "string"},
        "numbers": {"type": "map", "element": {"type": "number"}},
    }
    given: Json = {"delay": var("n"), "team": {"join": ["a-", var("t")]}, "keys": ["x", "y"],
                   "odd": var("numbers")}  # fmt: skip
    assert problems(hosting(used(**given), variables=variables)) == ()
    other = part("it", "queue")
    assert problems(hosting(used(team=ref("it.name")), other)) == ()


BOUNDED: Json = {
    "size": {"type": "number", "min": 2, "max": 9},
    "stage": {"type": "string", "allowed_values": ["dev", "prod"]},
    "name": {"type": "string", "pattern": "^a"},
    "zones": {"type": "list", "default": ["a"], "max_length": 2},
    "owners": {"type": "map", "default": {}, "max_length": 1},
}


@pytest.mark.parametrize(
    ("name", "given", "wrong", "right"),
    [
        ("size", {"type": "number"}, 10, 9),
        ("stage", {"type": "string"}, "test", "dev"),
        ("name", {"type": "string"}, "b", "ab"),
        ("zones", {"type": "list"}, ["a", "b", "c"], ["a", "b"]),
        ("owners", {"type": "map"}, {"a": "x", "b": "y"}, {"a": "x"}),
    ],
)
def test_what_a_variable_may_be_fits_the_modules_one(
    name: str, given: Json, wrong: Any, right: Any
) -> None:
    """A default, a value of an environment and a choice are as bad as the value itself."""
    inner = document(part("jobs", "queue"), variables={name: BOUNDED[name]},
                     outputs={"x": var(name)})  # fmt: skip

    def said(value: Any, **members: Any) -> list[tuple[str, str]]:
        return places(hosting(used(**{name: value}), inner=inner, **members))

    at, own = f"{AT}/inputs/{name}", {"x": given}
    fit = "value-does-not-fit"
    for value, error in ((wrong, True), (right, False)):
        default = {"x": {**given, "default": value}}
        staging = {"staging": {"values": {"x": value}}}
        place = "/environments/staging/values/x"
        assert said(var("x"), variables=default) == [(f"{at}/var", "default-does-not-fit")] * error
        assert said(var("x"), variables=own, environments=staging) == [(place, fit)] * error
        if not isinstance(value, dict):
            assert said(value) == [(at, fit)] * error
        if isinstance(value, str | int):
            choice = {"x": {**given, "allowed_values": [value]}}
            wanted = [("/variables/x/allowed_values/0", fit)] * error
            assert said(var("x"), variables=choice) == wanted


def test_a_variable_that_may_be_more_than_the_modules_one_is_a_warning() -> None:
    """The code of the module refuses such a value before anything is planned."""
    inner = document(part("jobs", "queue"), variables={"size": BOUNDED["size"]},
                     outputs={"x": var("size")})  # fmt: skip

    def warned(**limits: int) -> list[tuple[str, str, str]]:
        own: Json = {"x": {"type": "number", **limits}}
        built = validate(hosting(used(size=var("x")), inner=inner, variables=own))
        return [(each.severity, each.pointer, each.code) for each in built.warnings]

    for member, value in (("min", 1), ("max", 10)):
        assert warned(**{member: value}) == [
            ("warning", f"/variables/x/{member}", "value-does-not-fit")
        ]
    assert warned(min=2, max=9) == warned() == []


def test_what_a_module_must_be_given_is_asked_for() -> None:
    inner = changed(INNER, "variables", "team", to={"type": "string"})
    assert places(hosting(used(), inner=inner)) == [(f"{AT}/inputs", "missing-property")]
    bare = part("orders", "module", blueprint=JOBS, version=3)
    assert places(hosting(bare, inner=inner)) == [(AT, "missing-property")]
    assert places(hosting(used(team="x"), inner=inner)) == []


def test_secrets_stay_secret() -> None:
    database = part("key", "secret", value=var("pin"))
    inner = document(database, variables={"pin": {"type": "string", "secret": True}},
                     outputs={"id": ref("key.arn")})  # fmt: skip
    host: Json = {"pin": {"type": "string", "secret": True}, "text": {"type": "string"}}
    assert places(hosting(used(pin=var("pin")), inner=inner, variables=host)) == []
    for given, code in (
        ("hunter2", "literal-secret"),
        (var("text"), "not-a-secret"),
    ):
        found = places(hosting(used(pin=given), inner=inner, variables=host))
        assert [each for _, each in found if each != "unused-variable"] == [code]


def test_rules_are_those_of_the_place_where_it_is_used() -> None:
    network = part("net", "network", cidr="10.0.0.0/16")
    subnet = part("a", "subnet", network=ref("net"), cidr="10.0.1.0/24", zone="f")
    inner = document(network, subnet)
    assert places(hosting(used(), inner=inner)) == []
    there = hosting(used() | {"provider": "far"}, inner=inner,
                    providers={"far": {"region": "eu-west-1"}})  # fmt: skip
    problem = only_problem(there)
    assert (problem.pointer, problem.code) == (f"{AT}/version", "aws-subnet-zone")
    assert "/components/1/properties/zone" in problem.message


def test_rules_see_what_relations_make_in_a_module() -> None:
    source = {"bucket": ref("box"), "key": "app.zip"}
    slow = part("work", "function", runtime="python3.13", handler="app.handler", source=source,
                timeout_seconds=var("timeout"))  # fmt: skip
    inner = document(
        part("box", "object_storage"),
        part("jobs", "queue", visibility_timeout_seconds=180),
        slow,
        variables={"timeout": {"type": "number", "default": 180}},
        relations=[{"from": "jobs", "to": "work", "type": "triggers"}],
    )
    assert "aws-function-visibility" not in {
        code for _, code in places(hosting(used(), inner=inner))
    }
    fixed = changed(inner, "components", 2, "properties", "timeout_seconds", to=181)
    assert places(hosting(used(), inner=fixed)) == [(f"{AT}/version", "aws-function-visibility")]


def test_what_a_store_holds_is_not_asked_for() -> None:
    stored = {"type": "string", "secret": True, "from": {"ssm_parameter": {"name": "/pin"}}}
    inner = document(part("key", "secret", value=var("pin")), variables={"pin": stored})
    assert places(hosting(used(), inner=inner)) == []
    pin: Json = {"pin": {"type": "string", "secret": True}}
    given = hosting(used(pin=var("pin")), inner=inner, variables=pin)
    assert (f"{AT}/inputs/pin", "unknown-property") in places(given)


def test_values_given_are_judged_where_they_are_used() -> None:
    inner = changed(INNER, "variables", "delay", to={"type": "number", "default": 1})
    assert places(hosting(used(delay=901), inner=inner)) == [
        (f"{AT}/inputs/delay", "default-does-not-fit")
    ]


@pytest.mark.parametrize(
    ("region", "host"),
    [("eu-west-1", "us-east-1"), (var("place"), "us-east-1"), (var("place"), var("here"))],
)
def test_the_provider_decides_the_region(region: Any, host: Any) -> None:
    place = {"place": {"type": "string", "default": "eu-west-1"}}
    inner = document(part("a", "queue"), region=region,
                     variables={} if region == "eu-west-1" else place)  # fmt: skip
    here = {"here": {"type": "string", "default": "us-east-1"}}
    members: Json = {"region": host, "variables": {} if host == "us-east-1" else here}
    built = validate(hosting(used(), inner=inner, **members))
    assert built.component("orders").properties["document"].region == "us-east-1"
    given = hosting(used(place="eu-west-1"), inner=inner, **members)
    assert (f"{AT}/inputs/place", "unknown-property") in places(given)


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"overrides": {"aws": {"aws_sqs_queue": {"delay_seconds": 1}}}}, "/overrides"),
        ({"lifecycle": {"prevent_destroy": True}}, "/lifecycle"),
        ({"for_each": ["a"]}, "/for_each"),
        ({"count": 2}, "/count"),
        ({"when": True}, "/when"),
        ({"existing": {"name": "x"}}, "/existing"),
    ],
)
def test_a_module_takes_no_more_than_it_can_keep(members: Json, place: str) -> None:
    assert [at for at, _ in places(hosting(used() | members))] == [f"/components/0{place}"]


@pytest.mark.parametrize(
    "inner",
    [
        INNER | {"cloud": "azure", "region": "westeurope"},
        INNER | {"providers": {"x": {"region": "eu-west-1"}}},
        INNER | {"nonsense": 1},
        {},
        document(part("a", "queue", nonsense=1)),
    ],
)
def test_a_document_that_is_no_module_is_refused(inner: Json) -> None:
    found = problems(hosting(used(), inner=inner))
    assert found
    assert {problem.pointer for problem in found} == {f"{AT}/version"}


@pytest.mark.parametrize("modules", [{}, {f"{JOBS}@4": INNER}, {KEY: 1}, {JOBS: INNER}])
def test_what_is_not_carried_is_not_there(modules: Json) -> None:
    bare = document(used(), modules=modules)
    problem = next(each for each in problems(bare) if each.code != "wrong-type")
    assert (problem.pointer, problem.code) == (f"{AT}/blueprint", "unknown-blueprint")
    assert JOBS not in problem.message


@pytest.mark.parametrize(
    "relation", ["connects_to", "reads_from", "routes_to", "triggers", "depends_on"]
)
def test_relations_to_modules_are_of_order_only(relation: str) -> None:
    related = [{"from": "it", "to": "orders", "type": relation}]
    found = places(hosting(used(), part("it", "queue"), relations=related))
    wanted = [] if relation == "depends_on" else [("/relations/0/type", "wrong-relation")]
    assert found == wanted


def nested(depth: int) -> Json:
    found = INNER
    for _ in range(depth):
        found = hosting(used(), inner=found)
    return found


def test_modules_lie_in_modules_but_not_too_deep() -> None:
    deepest = validate(nested(MAX_MODULE_DEPTH))
    for _ in range(MAX_MODULE_DEPTH):
        deepest = deepest.component("orders").properties["document"]
    assert deepest.component("jobs").within == ("orders",) * MAX_MODULE_DEPTH
    assert "too-deep" in {problem.code for problem in _innermost(nested(MAX_MODULE_DEPTH + 1))}


def test_modules_that_lie_too_deep_are_said_once() -> None:
    found = INNER
    for _ in range(MAX_MODULE_DEPTH + 1):
        found = hosting(used("orders"), used("bills"), inner=found)
    assert [problem.code for problem in problems(found)] == ["too-deep"]


def _innermost(candidate: Json) -> list[Any]:
    return [problem for problem in problems(candidate) if "at most 3 deep" in problem.message]


def test_components_of_modules_count() -> None:
    half = document(*(part(f"q{n}", "queue") for n in range(MAX_COMPONENTS // 2 - 1)))
    assert places(hosting(used(), used("more"), inner=half)) == []
    over = hosting(used(), used("more"), part("q", "queue"), inner=half)
    assert places(over) == [("/components", "too-many-components")]


def test_versions_named_are_bounded() -> None:
    many = document(*(used(f"m{n}", n + 1) for n in range(MAX_MODULES + 1)))
    assert places(many) == [("/components", "too-many")]


def test_the_diff_shows_the_version_and_not_what_is_carried() -> None:
    old = document(used(), modules={KEY: INNER})
    new = document(used(number=4, delay=2), modules={f"{JOBS}@4": document()})
    assert [(c.subject, c.pointer, c.old, c.new) for c in diff(old, new)] == [
        ("component", "/properties/inputs/delay", None, 2),
        ("component", "/properties/version", 3, 4),
    ]


def test_another_version_or_other_inputs_destroy_nothing_by_themselves() -> None:
    old, new = hosting(used()), document(used(number=4, delay=2), modules={f"{JOBS}@4": INNER})
    assert succession_warnings(old, new) == []
    (renamed,) = succession_warnings(old, hosting(used("bills")))
    assert (renamed.code, renamed.pointer) == ("component-renamed", "/components/0/id")
    assert succession_warnings(old, hosting(used("bills") | {"moved_from": ["orders"]})) == []
    (replaced,) = succession_warnings(old, document(part("orders", "queue")))
    assert replaced.code == "component-replaced"


def test_what_another_version_destroys_in_a_module_is_a_warning() -> None:
    older = document(part("jobs", "queue", fifo=True), region="eu-west-1")
    renamed = document(part("tasks", "queue", fifo=True))
    moved = document(part("tasks", "queue", fifo=True) | {"moved_from": ["jobs"]})
    deep = [hosting(used(), inner=each) for each in (older, renamed, moved)]

    def warned(old: Json, new: Json) -> list[tuple[str, str]]:
        before = hosting(used(), inner=old)
        after = document(used(number=4), modules={f"{JOBS}@4": new})
        return [(each.pointer, each.code) for each in succession_warnings(before, after)]

    assert warned(older, moved) == warned(older, older) == warned(deep[0], deep[2]) == []
    for old, new in ((older, renamed), (deep[0], deep[1])):
        assert warned(old, new) == [(f"{AT}/version", "component-renamed")]


def test_the_schema_says_that_modules_are_the_platforms() -> None:
    assert schema()["properties"]["modules"]["readOnly"] is True
