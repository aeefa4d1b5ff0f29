"""What a variable allows is possible where it is used; text of known parts is judged as text."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import Json, document, only_problem, part, places, var


def queue(variable: Json, **members: Any) -> Json:
    component = part("jobs", "queue", delay_seconds=var("delay"))
    return document(component, variables={"delay": {"type": "number", **variable}}, **members)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ({"allowed_values": [0, 60, 901]}, "allowed_values/2"),
        ({"allowed_values": [0.5]}, "allowed_values/0"),
        ({"min": -1, "max": 900}, "min"),
        ({"min": 0, "max": 901}, "max"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(variable: Json, place: str) -> None:
    assert places(queue(variable)) == [(f"/variables/delay/{place}", "value-does-not-fit")]


@pytest.mark.parametrize(
    "variable",
    [{}, {"allowed_values": [0, 900]}, {"min": 0, "max": 900}, {"default": 900}, {"max": 5}],
)
def test_choices_that_fit_are_accepted(variable: Json) -> None:
    assert places(queue(variable)) == []


def test_a_refused_bound_says_what_would_fit() -> None:
    assert "must be 900 or less" in only_problem(queue({"max": 901})).message
    assert "must be 0 or more" in only_problem(queue({"min": -1})).message


def test_bounds_are_not_judged_where_choices_or_a_pattern_allow_less() -> None:
    assert places(queue({"max": 901, "allowed_values": [0, 900]})) == []
    assert places(queue({"max": 901, "allowed_values": [0, 901]})) == [
        ("/variables/delay/allowed_values/1", "value-does-not-fit")
    ]
    name: Json = {"type": "string", "max_length": 64}
    bucket = part("box", "object_storage", bucket=var("name"))
    patterned = {"name": {**name, "pattern": "^reports-[a-z]{3}$"}}
    assert places(document(bucket, variables=patterned)) == []
    assert places(document(bucket, variables={"name": name})) == [
        ("/variables/name/max_length", "value-does-not-fit")
    ]


def test_a_choice_is_refused_once_however_often_it_is_used() -> None:
    candidate = queue({"max": 901})
    candidate["components"].append(part("more", "queue", delay_seconds=var("delay")))
    assert places(candidate) == [("/variables/delay/max", "value-does-not-fit")]


def test_bounds_of_texts_and_lists_are_compared_too() -> None:
    def bucket(**bounds: int) -> Json:
        component = part("box", "object_storage", bucket=var("name"))
        return document(component, variables={"name": {"type": "string", **bounds}})

    assert places(bucket(min_length=3, max_length=63)) == []
    assert places(bucket(max_length=64)) == [("/variables/name/max_length", "value-does-not-fit")]
    assert places(bucket(min_length=2)) == [("/variables/name/min_length", "value-does-not-fit")]


def box(name: Json, **variable: Any) -> Json:
    variables = {"stage": {"type": "string", **variable}} if variable else {}
    return document(part("box", "object_storage", bucket=name), variables=variables)


STAGED: Json = {"join": ["reports-", var("stage")]}
AT_JOIN = "/components/0/properties/bucket/join"


def test_text_that_is_known_is_written_without_join() -> None:
    assert places(box({"join": ["a", "-reports"]})) == [(AT_JOIN, "contradiction")]


@pytest.mark.parametrize("default", ["Test", "x" * 60])
def test_joined_text_fits_with_the_defaults_of_its_variables(default: str) -> None:
    assert places(box(STAGED, default=default)) == [(AT_JOIN, "default-does-not-fit")]
    assert places(box(STAGED, default="test")) == []
    assert places(box(STAGED, description="No default.")) == []


def test_a_clouds_rules_read_joined_text() -> None:
    assert places(box(STAGED, default="s3alias")) == [
        ("/components/0/properties/bucket", "aws-object-storage-reserved-name")
    ]


def staged(value: str) -> Json:
    return box(STAGED, description="The stage.") | {
        "environments": {"prod": {"values": {"stage": value}}}
    }


def test_joined_text_fits_in_every_environment() -> None:
    assert places(staged("Prod")) == [(AT_JOIN, "value-does-not-fit")]
    assert 'In environment "prod"' in only_problem(staged("Prod")).message
    assert places(staged("prod")) == []


def repeated(repeat: Json, **properties: Any) -> Json:
    return document({**part("jobs", "queue", **properties), **repeat})


def of_keys(value: Any) -> Json:
    return {"for_each": {"a": {"delay": 0}, "b": {"delay": value}}}


@pytest.mark.parametrize("value", [901, -1, 0.5])
def test_what_stands_under_a_key_fits_where_it_is_used(value: float) -> None:
    delay = {"each": "value.delay"}
    assert places(repeated(of_keys(value), delay_seconds=delay)) == [
        ("/components/0/for_each/b", "value-does-not-fit")
    ]
    assert places(repeated(of_keys(900), delay_seconds=delay)) == []


def test_what_has_another_type_is_refused_once() -> None:
    (place,) = places(repeated({"for_each": ["a", "b"]}, delay_seconds={"each": "key"}))
    assert place == ("/components/0/properties/delay_seconds/each", "type-mismatch")


@pytest.mark.parametrize(
    ("repeat", "each", "case"),
    [
        ({"for_each": ["a", "b" * 12]}, "key", '"1"'),
        ({"for_each": {"a": "x", "b": "Y"}}, "value", '"b"'),
        ({"count": 11}, "index", '"10"'),
    ],
)
def test_joined_text_fits_for_every_key(repeat: Json, each: str, case: str) -> None:
    def named(length: int) -> Json:
        name = {"join": ["x" * length, {"each": each}]}
        return document({**part("box", "object_storage", bucket=name), **repeat})

    found = only_problem(named(62))
    assert (found.pointer, found.code) == (AT_JOIN, "value-does-not-fit")
    assert f"For {case}" in found.message


def test_joined_text_that_fits_for_every_key_is_accepted() -> None:
    name = {"join": ["reports-", {"each": "key"}]}
    bucket = {**part("box", "object_storage", bucket=name), "for_each": ["a", "b" * 12]}
    assert places(document(bucket)) == []
