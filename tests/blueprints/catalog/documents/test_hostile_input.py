"""Whatever comes in, the answer is a valid document or InvalidDocument, and it comes soon."""

from __future__ import annotations

import copy
import json
from collections import UserDict
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from blueprints.catalog import examples
from blueprints.catalog.documents import (
    InvalidDocument,
    Problem,
    canonical,
    content_hash,
    diff,
    parse,
    validate,
)
from blueprints.catalog.documents.limits import (
    MAX_COMPONENTS,
    MAX_DEPTH,
    MAX_PROBLEMS,
    MAX_SAFE_INTEGER,
    MAX_VALUES,
)
from tests.effort import calls_of

from .builders import (
    changed,
    document,
    only_problem,
    part,
    places,
    problems,
    ref,
    three_tier,
    var,
)

WORKED = [examples.load(name) for name in examples.names()]
WORDS = st.sampled_from(
    ["ref", "var", "type", "id", "cidr", "main", "db", "db.host", "secret", "default", "", "a/b~"]
)
TEXT = st.one_of(WORDS, st.text(max_size=8), st.characters().map(str))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**60), max_value=2**60),
    st.floats(),
    TEXT,
    st.just("\ud800"),
    st.just("\0"),
    st.just(10**400),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)
THINGS = st.recursive(
    st.one_of(SCALARS, st.binary(max_size=4), st.just(object()), st.complex_numbers()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(TEXT, st.integers(), st.none()), inner, max_size=3),
    ),
    max_leaves=8,
)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def refusal(candidate: object) -> InvalidDocument | None:
    try:
        validate(candidate)
    except InvalidDocument as error:
        return error
    return None


def check_answer(candidate: object) -> None:
    error = refusal(candidate)
    if error is None:
        check_accepted(candidate)
        return
    assert 1 <= len(error.problems) <= MAX_PROBLEMS
    assert error.extra["errors"][0]["pointer"] == error.problems[0].pointer
    # What is said must be sayable: it goes into a JSON response.
    json.dumps(error.extra, ensure_ascii=False).encode()
    error.detail.encode()
    for problem in error.problems:
        assert_points_into(candidate, problem)


def check_accepted(candidate: Any) -> None:
    assert len(validate(candidate).components) == len(candidate["components"])
    assert len(content_hash(candidate)) == 64
    assert diff(candidate, candidate) == []


def assert_points_into(candidate: Any, problem: Problem) -> None:
    place = candidate
    for raw in problem.pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        place = place[int(step)] if isinstance(place, list | tuple) else place[step]


@MANY
@given(JSON)
def test_any_json_is_answered(value: object) -> None:
    check_answer(value)


@MANY
@given(THINGS)
def test_anything_at_all_is_answered(value: object) -> None:
    error = refusal(value)
    assert error
    json.dumps(error.extra).encode()


@MANY
@given(st.binary(max_size=60), st.text(max_size=60))
@example(b"\xed\xa0\x80", '"\\ud800"')
@example(b"1e999", "-0")
def test_any_bytes_and_any_text_are_answered(raw: bytes, text: str) -> None:
    for source in (raw, text):
        with suppress(InvalidDocument):
            check_answer(parse(source))


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps: list[Any] = []
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = list(range(len(value)))
    inner = [deeper for step in steps for deeper in every_path(value[step], (*path, step))]
    return [path, *inner] if path else inner


PATHS = [every_path(worked) for worked in WORKED]


@st.composite
def spoilt_documents(draw: st.DrawFn) -> Any:
    """Take a worked blueprint and replace, remove, move or add a few things in it."""
    which = draw(st.integers(0, len(WORKED) - 1))
    return draw(spoilt_copies(WORKED[which], PATHS[which]))


@st.composite
def spoilt_copies(draw: st.DrawFn, of: Any, paths: list[tuple[Any, ...]]) -> Any:
    spoilt = copy.deepcopy(of)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(paths))
        other = draw(st.sampled_from(paths))
        action = draw(st.sampled_from(["replace", "remove", "copy", "add"]))
        try:
            spoil(spoilt, path, other, action, draw(JSON))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return spoilt


def spoil(spoilt: Any, path: Any, other: Any, action: str, value: Any) -> None:
    place = at(spoilt, path[:-1])
    if action == "remove":
        del place[path[-1]]
    elif action == "copy":
        place[path[-1]] = copy.deepcopy(at(spoilt, other))
    elif action == "replace":
        place[path[-1]] = value
    else:
        place["added" if isinstance(place, dict) else len(place) - 1] = value


def at(value: Any, path: Any) -> Any:
    for step in path:
        value = value[step]
    return value


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoilt_documents())
def test_a_spoilt_document_is_answered(spoilt: object) -> None:
    check_answer(spoilt)


BLUEPRINT = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"
MODULES = document(
    part("shop", "module", blueprint=BLUEPRINT, version=1,
         inputs={"db_password": var("pin"), "web_machines": 3}),
    part("net", "module", blueprint=BLUEPRINT, version=2, inputs={"delay": var("delay")}),
    part("base", "remote_state", blueprint=BLUEPRINT, version=1, settings={"key": var("key")}),
    variables={"pin": {"type": "string", "secret": True}, "delay": {"type": "number", "max": 9},
               "key": {"type": "string"}},
    outputs={"url": ref("shop.url"), "delay": ref("net.delay"), "base": ref("base.url")},
    remote_states={f"{BLUEPRINT}@1": {
        "backend": {"s3": {"bucket": "states", "region": "eu-west-1"}},
        "outputs": {"url": {"type": "string"}, "pin": {"type": "string", "secret": True}},
    }},
    modules={
        f"{BLUEPRINT}@1": WORKED[examples.names().index("three-tier-web")],
        f"{BLUEPRINT}@2": document(
            part("in", "module", blueprint=BLUEPRINT, version=1),
            variables={"delay": {"type": "number", "max": 9}},
            outputs={"delay": var("delay")},
            modules={f"{BLUEPRINT}@1": document(part("jobs", "queue"), tags={"Team": "a"})},
        ),
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoilt_copies(MODULES, every_path(MODULES)))
def test_a_document_with_spoilt_modules_and_states_is_answered(spoilt: object) -> None:
    check_answer(spoilt)


def test_the_modules_that_are_spoilt_are_right_at_first() -> None:
    check_accepted(MODULES)


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    candidate = document(part("q", "queue", fifo=nested(depth)))
    assert only_problem(candidate).code == "too-deep"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a\0b", "forbidden-character"),
        ("\ud800", "forbidden-character"),
        (10**400, "number-too-large"),
        (MAX_SAFE_INTEGER + 1, "number-too-large"),
        (1e300, "number-too-large"),
        (float("nan"), "not-json"),
        (float("-inf"), "not-json"),
        (b"bytes", "not-json"),
        ({1: 2}, "not-json"),
        ({"k" * 300: 1}, "too-long"),
        ({"k\0": 1}, "forbidden-character"),
    ],
)
def test_what_json_or_its_readers_cannot_keep_is_refused(value: object, code: str) -> None:
    path = ("components", 0, "properties", "cidr")
    candidate = changed(three_tier(), *path, to=value)
    assert places(candidate) == [("/components/0/properties/cidr", code)]
    with pytest.raises(InvalidDocument) as refused:
        canonical(candidate)
    assert [each.code for each in refused.value.problems] == [code]


def test_line_breaks_and_all_scripts_are_welcome_in_free_text() -> None:
    index = [part["id"] for part in three_tier()["components"]].index("web")
    path = ("components", index, "properties", "user_data")
    assert problems(changed(three_tier(), *path, to="#!/bin/sh\n\techo 'żółw 🐢'\r\n")) == ()


def test_mappings_and_texts_of_other_kinds_count_by_their_content() -> None:
    class Marked(str):
        __slots__ = ()

    candidate = UserDict(three_tier() | {"region": Marked("us-east-1")})
    assert type(validate(candidate).region) is str


def test_ten_thousand_components_are_refused_at_once() -> None:
    many = document(*(part(f"q{index}", "queue") for index in range(10_000)))
    found = problems(many)
    # Not one of them is looked at: fewer calls than components.
    assert calls_of(lambda: problems(many)) < len(many["components"])
    assert [(problem.pointer, problem.code) for problem in found] == [
        ("/components", "too-many-components")
    ]
    assert "at most 2000 components; this one has 10000" in found[0].message


def test_a_chain_of_the_most_components_is_valid() -> None:
    parts = [
        part(f"q{index}", "queue", dead_letter={"queue": ref(f"q{index + 1}")})
        for index in range(MAX_COMPONENTS - 1)
    ]
    chain = document(*parts, part(f"q{MAX_COMPONENTS - 1}", "queue"))
    assert problems(chain) == ()
    assert validate(chain).build_order[0].id == f"q{MAX_COMPONENTS - 1}"


HEAVY: dict[str, Any] = {
    "unknown components": document(
        *(part(f"q{index}", "queue", **{f"x{n}": n for n in range(90)}) for index in range(500))
    ),
    "equal list items": document(part("f", "firewall", network=ref("f"), ingress=[{}] * 45_000)),
    "different list items": document(
        part("f", "firewall", network=ref("f"), ingress=[{"port": n} for n in range(20_000)])
    ),
    "a long text": document(part("m", "network", cidr="1" * 1_000_000)),
    "a long name": document(part("a" * 1_000_000, "queue")),
    "dots": document(part("z", "dns_zone", domain="a.b", records=[{"name": "a." * 400_000}])),
    "labels": document(part("z", "dns_zone", domain="a" * 252)),
    "one circle for each": document(
        *(
            part(f"q{index}", "queue", dead_letter={"queue": ref(f"q{(index + 1) % 500}")})
            for index in range(500)
        )
    ),
    "relations": document(
        part("a", "queue"),
        relations=[{"from": "a", "to": f"b{n}", "type": "depends_on"} for n in range(2_000)],
    ),
    "variables": document(variables={f"v{n}": {"type": "text"} for n in range(10_000)}),
    "many values": document(part("q", "queue", fifo=list(range(400_000)))),
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_document_made_to_be_slow_is_answered(name: str) -> None:
    """Looked at again and again, each of these would take minutes; the run would end first."""
    assert problems(HEAVY[name])


def test_more_values_than_a_document_may_have_are_not_looked_at() -> None:
    candidate = document(part("q", "queue", fifo=[0] * MAX_VALUES))
    assert places(candidate) == [("", "too-large")]


def test_more_problems_than_are_told_are_counted() -> None:
    candidate = document(*(part(f"q{index}", "queue", x=1) for index in range(130)))
    with pytest.raises(InvalidDocument) as caught:
        validate(candidate)
    assert len(caught.value.problems) == MAX_PROBLEMS
    assert caught.value.extra["more"] == caught.value.more == 30
    assert caught.value.detail.startswith("130 problems. The first, at /components/0/properties/x")
