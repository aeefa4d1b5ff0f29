"""What a variable allows is possible where it is used; text of known parts is judged as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .builders import Json, document, only_problem, part, places, problems, var
from .module_builders import hosting, used

if TYPE_CHECKING:
    from blueprints.catalog.problems import Problem


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
        ({"for_each": ["a", "b" * 12]}, "key", '"bbbbbbbbbbbb"'),
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


DELAYS: Json = {
    "type": "map",
    "element": {"type": "object", "attributes": {"delay": {"type": "number"}}},
}


def of_variable(default: Json, given: Json) -> Json:
    jobs = part("jobs", "queue", delay_seconds={"each": "value.delay"})
    return document(
        jobs | {"for_each": var("qs")},
        variables={"qs": DELAYS | {"default": default}},
        environments={"prod": {"values": {"qs": given}}},
    )


@pytest.mark.parametrize(
    ("default", "given", "found"),
    [
        ({"a": {"delay": 901}}, {}, "/variables/qs/default/a"),
        ({}, {"a": {"delay": 1}, "z": {"delay": 901}}, "/environments/prod/values/qs/z"),
        ({"a": {"delay": 900}}, {"z": {"delay": 900}}, ""),
    ],
)
def test_what_a_variable_gives_for_each_key_fits(default: Json, given: Json, found: str) -> None:
    wrong = [(found, "value-does-not-fit")] if found else []
    assert places(of_variable(default, given)) == wrong


def test_what_stands_for_each_key_fits_in_modules() -> None:
    inner = of_variable({}, {})
    place = "/components/0/properties/inputs/qs"

    def outer(default: Json, given: Json) -> Json:
        return hosting(
            used(qs=var("all")),
            inner=inner,
            variables={"all": DELAYS | {"default": default}},
            environments={"prod": {"values": {"all": given}}},
        )

    late = {"a": {"delay": 901}}
    assert places(outer(late, {})) == [(place, "value-does-not-fit")]
    assert places(outer({}, late)) == [("/environments/prod/values/all", "value-does-not-fit")]
    assert places(outer({"a": {"delay": 900}}, {"b": {"delay": 0}})) == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("list", ["a"], ["a", "B"]), ("map", {"a": "x"}, {"a": "x", "b c": "x"})],
)
def test_keys_that_variables_give_have_the_form_of_keys(kind: str, good: Any, bad: Any) -> None:
    def keyed(default: Any, given: Any) -> list[str]:
        candidate = document(
            part("jobs", "queue") | {"for_each": var("keys")},
            variables={"keys": {"type": kind, "default": default}},
            environments={"prod": {"values": {"keys": given}}},
        )
        return [pointer for pointer, _ in places(candidate)]

    assert keyed(good, good) == []
    assert keyed(bad, good) == ["/components/0/for_each/var"]
    assert keyed(good, bad) == ["/environments/prod/values/keys"]


def test_joined_text_fits_for_every_key_of_every_environment() -> None:
    def named(default: int, given: int) -> list[Problem]:
        name = {"join": ["x" * 50, var("mid"), {"each": "key"}]}
        candidate = document(
            part("box", "object_storage", bucket=name) | {"for_each": var("keys")},
            variables={"keys": {"type": "list", "default": ["b" * default]},
                       "mid": {"type": "string", "default": "-"}},
            environments={"prod": {"values": {"keys": ["a" * given], "mid": "----"}}},
        )  # fmt: skip
        return list(problems(candidate))

    assert named(12, 9) == []
    (late,) = named(12, 10)
    assert f'For "{"a" * 10}" in environment "prod"' in late.message
    assert (late.pointer, late.code) == (AT_JOIN, "value-does-not-fit")


def test_the_number_of_instances_by_default_fits() -> None:
    def numbered(default: int, given: int) -> list[tuple[str, str]]:
        queue = part("jobs", "queue", receive_wait_seconds={"each": "index"})
        return places(
            document(
                queue | {"count": var("many")},
                variables={"many": {"type": "number", "default": default}},
                environments={"prod": {"values": {"many": given}}},
            )
        )

    assert numbered(21, 21) == []
    assert set(numbered(22, 1)) == {("/variables/many/default", "value-does-not-fit")}
    assert set(numbered(1, 22)) == {("/environments/prod/values/many", "value-does-not-fit")}
    assert len(numbered(10_000, 1)) > 0
