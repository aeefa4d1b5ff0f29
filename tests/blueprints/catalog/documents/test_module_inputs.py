"""What modules are given is judged as far as it is known, however deep it goes."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import review, succession_warnings, validate

from .builders import Json, document, part, places, ref, var
from .module_builders import AT, JOBS

INPUTS = f"{AT}/inputs"
ZONE = part("z", "dns_zone", domain="example.com")


def used(**inputs: Any) -> Json:
    return part("it", "module", blueprint=JOBS, version=3, inputs=inputs)


def hosting(inner: Json, *components: Json, **members: Any) -> Json:
    return document(*components, modules={f"{JOBS}@3": inner}, **members)


DELAYED = document(
    part("jobs", "queue", delay_seconds=var("delay")), variables={"delay": {"type": "number"}}
)
BOUNDED = document(
    part("jobs", "queue", delay_seconds=var("delay")),
    variables={"delay": {"type": "number", "max": 900}},
)


def passing(inner: Json) -> Json:
    return hosting(inner, used(delay=var("delay")), variables={"delay": {"type": "number"}})


@pytest.mark.parametrize("inner", [DELAYED, BOUNDED])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_known_input_is_judged_at_any_depth(inner: Json, depth: int) -> None:
    for _ in range(depth):
        inner = passing(inner)
    assert places(hosting(inner, used(delay=900))) == []
    assert {at for at, _ in places(hosting(inner, used(delay=901)))} == {f"{INPUTS}/delay"}
    for default, is_wrong in ((900, False), (901, True)):
        variables = {"d": {"type": "number", "default": default}}
        assert bool(places(hosting(inner, used(delay=var("d")), variables=variables))) is is_wrong


@pytest.mark.parametrize("inner", [DELAYED, BOUNDED])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_what_an_environment_gives_is_judged_at_any_depth(inner: Json, depth: int) -> None:
    for _ in range(depth):
        inner = passing(inner)
    for value, found in ((900, []), (901, ["/environments/prod/values/d"])):
        members = {
            "variables": {"d": {"type": "number", "default": 5}},
            "environments": {"prod": {"values": {"d": value}}},
        }
        assert [at for at, _ in places(hosting(inner, used(delay=var("d")), **members))] == found


def test_an_input_that_does_not_fit_its_use_is_pointed_at() -> None:
    assert places(hosting(DELAYED, used(delay=901))) == [
        (f"{INPUTS}/delay", "default-does-not-fit")
    ]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_an_input_may_have_the_name_of_an_expression(depth: int) -> None:
    inner = document(
        part("jobs", "queue", delay_seconds=var("var")),
        variables={"var": {"type": "number", "default": 1}},
    )
    for _ in range(depth):
        inner = hosting(inner, used(var=var("var")), variables={"var": {"type": "number"}})
    assert places(hosting(inner, used(var=900))) == []
    assert {at for at, _ in places(hosting(inner, used(var=901)))} == {f"{INPUTS}/var"}


def test_what_is_wrong_by_itself_is_pointed_at_where_it_is_named() -> None:
    inner = document(
        part("jobs", "queue", delay_seconds=var("delay")),
        variables={"delay": {"type": "number", "default": 901}},
    )
    assert places(hosting(inner, used())) == [(f"{AT}/version", "default-does-not-fit")]
    assert places(hosting(inner, used(delay=900))) == []


KEYED = document(
    part("each", "queue") | {"for_each": var("keys")},
    part("some", "queue") | {"when": var("on")},
    part("many", "queue", delay_seconds=var("delay")) | {"count": var("n")},
    variables={
        "keys": {"type": "list", "default": ["a"]},
        "on": {"type": "boolean", "default": True},
        "n": {"type": "number", "default": 1},
        "delay": {"type": "number", "default": 1},
    },
)
OUTER = hosting(
    KEYED, used(keys=var("names")), variables={"names": {"type": "list", "default": ["a"]}}
)


@pytest.mark.parametrize(
    ("inner", "name"), [(KEYED, "keys"), (OUTER, "names")], ids=["directly", "deeper"]
)
def test_what_decides_what_stands_is_known_before(inner: Json, name: str) -> None:
    late = hosting(inner, used(**{name: ref("z.name_servers")}), ZONE)
    assert places(late) == [(f"{INPUTS}/{name}", "wrong-reference")]
    given = {"k": {"type": "list", "default": ["x"]}}
    assert places(hosting(inner, used(**{name: var("k")}), ZONE, variables=given)) == []
    bad = {"k": {"type": "list", "default": ["A B"]}}
    assert places(hosting(inner, used(**{name: var("k")}), ZONE, variables=bad))


@pytest.mark.parametrize("expression", [ref("z.name_servers"), {"cloud": "zones"}, {"each": "key"}])
@pytest.mark.parametrize("kind", ["for_each", "count", "when"])
def test_an_expression_of_later_decides_nothing(kind: str, expression: Json) -> None:
    found = places(document(part("jobs", "queue") | {kind: expression}, ZONE))
    assert found
    assert all(at.startswith(f"/components/0/{kind}") for at, _ in found)
    for keys in ({"ref": 1, "cloud": 2}, {"cloud": {"size": 1}}, {"join": "x"}):
        assert places(document(part("jobs", "queue") | {"for_each": keys})) == []


def test_what_only_a_module_s_author_can_change_is_not_said_to_others() -> None:
    inner = document(part("jobs", "queue"), variables={"idle": {"type": "string", "default": "x"}})
    assert [each.code for each in review(inner).problems] == ["unused-variable"]
    assert validate(hosting(inner, used())).warnings == ()


def test_what_a_module_no_longer_has_is_a_warning() -> None:
    queue, box = part("jobs", "queue"), part("box", "object_storage")
    found = {"existing": {"name": "shared"}}
    seen = part("seen", "object_storage") | found

    def warned(old: list[Json], new: list[Json]) -> list[tuple[str, str]]:
        before = hosting(document(*old), used())
        after = document(used() | {}, modules={f"{JOBS}@3": document(*new)})
        return [(each.pointer, each.code) for each in succession_warnings(before, after)]

    assert warned([queue, box], [queue]) == [(f"{AT}/version", "component-removed")]
    assert warned([queue, box], [queue, box | {"id": "new", "moved_from": ["box"]}]) == []
    assert warned([queue, box], [queue, box | {"id": "new"}]) == [
        (f"{AT}/version", "component-renamed")
    ]
    assert warned([queue, seen], [queue]) == []
    flat = succession_warnings(document(queue, box), document(queue))
    assert flat == []  # who writes that sees it


@pytest.mark.parametrize(
    ("store", "setting", "service", "kind"),
    [
        ("ssm_parameter", "name", "ssm", "parameter/x"),
        ("secrets_manager", "id", "secretsmanager", "secret:x"),
    ],
)
def test_a_secret_lies_where_it_is_read(store: str, setting: str, service: str, kind: str) -> None:
    def stored(region: str) -> list[tuple[str, str]]:
        place = {store: {setting: f"arn:aws:{service}:{region}:111122223333:{kind}"}}
        pin = {"pin": {"type": "string", "secret": True, "from": place}}
        return places(document(part("key", "secret", value=var("pin")), variables=pin))

    assert stored("us-east-1") == []
    assert stored("eu-west-1") == [(f"/variables/pin/from/{store}/{setting}", "wrong-value")]


def test_a_secret_of_a_store_that_is_handed_on_is_a_warning() -> None:
    secret = {"type": "string", "secret": True}
    inner = document(part("key", "secret", value=var("pin")), variables={"pin": secret})

    def warned(**members: Any) -> list[tuple[str, str]]:
        host = hosting(inner, used(pin=var("pin")), variables={"pin": {**secret, **members}})
        return [(each.pointer, each.code) for each in validate(host).warnings]

    place = {"ssm_parameter": {"name": "/shop/pin"}}
    assert warned(**{"from": place}) == [(f"{INPUTS}/pin/var", "kept-in-state")]
    assert warned() == []


SWITCHED = document(
    part("jobs", "queue") | {"when": var("on")},
    part("tasks", "queue"),
    variables={
        "on": {"type": "boolean", "default": False},
        "note": {"type": "string", "nullable": True, "default": None},
    },
    outputs={"url": ref("jobs.url"), "sure": ref("tasks.url"), "note": var("note")},
)


@pytest.mark.parametrize(("output", "fits"), [("sure", True), ("url", False), ("note", False)])
def test_an_output_that_may_be_null_makes_no_text(output: str, *, fits: bool) -> None:
    named = part("box", "object_storage", bucket={"join": ["b-", ref(f"it.{output}")]})
    wrong = [("/components/1/properties/bucket/join/1/ref", "type-mismatch")]
    assert places(hosting(SWITCHED, used(), named)) == ([] if fits else wrong)
