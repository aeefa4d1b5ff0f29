"""Patterns of variables take no more work than one document may, whatever they repeat."""

from __future__ import annotations

import time
from typing import Any

import pytest

from blueprints.catalog.documents import patterns

from .builders import Json, document, only_problem, part, places, problems
from .module_builders import JOBS

LARGE = "^((a{1,30}){1,30})*$"  # 1,863 instructions
LONG = "a" * 4000
MIDDLE = "a" * 1000


def holding(*definitions: Json, **members: Any) -> Json:
    """Return a document that has these variables."""
    variables = {f"v{number}": each for number, each in enumerate(definitions)}
    return document(part("jobs", "queue"), variables=variables, **members)


def seconds(candidate: Json) -> float:
    start = time.process_time()
    problems(candidate)
    return time.process_time() - start


def test_a_pattern_costs_no_more_than_its_text_is_long() -> None:
    definition = {"type": "string", "pattern": "^(a+)+$", "default": LONG + "!"}
    assert only_problem(holding(definition)).code == "default-does-not-fit"
    assert patterns.matches("^(a+)+$", LONG)
    host = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,63}$"
    assert patterns.matches(host, f"{'a.' * 7}example.com")


def test_the_patterns_of_all_documents_are_not_kept_for_ever() -> None:
    for number in range(1_000):
        patterns.compiled(f"^{number}$")
    assert patterns.compiled.cache_info().currsize < 1_000


def test_large_patterns_and_long_values_are_refused_before_they_cost() -> None:
    values = ("a" * (800 + each) for each in range(200))
    many = holding(*({"type": "string", "pattern": LARGE, "default": each} for each in values))
    assert places(many) == [("/variables", "too-large")]
    assert seconds(many) < 5  # each alone takes a tenth of a second, so twenty in all


def test_no_value_is_compared_for_long() -> None:
    definition = {"type": "string", "pattern": LARGE, "default": LONG}
    assert places(holding(definition)) == [("/variables", "too-large")]
    assert places(holding(definition | {"default": MIDDLE})) == []


def test_patterns_that_are_no_good_are_not_all_tried() -> None:
    expressions = (rf"^\pL{{1,{500 + each}}}$" for each in range(200))
    many = holding(*({"type": "string", "pattern": each} for each in expressions))
    assert places(many) == [("/variables", "too-large")]


def test_a_pattern_that_is_too_large_says_what_to_do() -> None:
    for large in (r"^\pL{1,300}$", "^.{1,300}$"):
        found = only_problem(holding({"type": "string", "pattern": large}))
        assert (found.pointer, "max_length" in found.message) == ("/variables/v0/pattern", True)


@pytest.mark.parametrize("uses", [1, 10])
def test_what_modules_compare_again_is_known(uses: int) -> None:
    definition = {"type": "string", "pattern": LARGE, "default": MIDDLE}
    inner = holding(*[definition] * 3)
    used = [part(f"m{n}", "module", blueprint=JOBS, version=3, inputs={}) for n in range(uses)]
    assert problems(document(*used, modules={f"{JOBS}@3": inner})) == ()


def test_what_people_write_is_far_from_too_much() -> None:
    definition = {
        "type": "string",
        "pattern": r"^arn:aws[a-z-]*:[a-z0-9-]{1,63}:[a-z0-9-]{0,63}:([0-9]{12})?:.+$",
        "default": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d",
    }
    environments = {
        f"e{each}": {"values": {"v0": f"arn:aws:kms:eu-west-1:{each:012}:key/x"}}
        for each in range(20)
    }
    assert problems(holding(*[definition] * 30, environments=environments)) == ()
