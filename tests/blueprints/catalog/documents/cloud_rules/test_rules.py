"""Every rule of every cloud by its own examples, and what holds for all of them."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json
import pkgutil
from typing import Any

import pytest

from blueprints.catalog import component_types, examples
from blueprints.catalog.documents import Problem, cloud_rules, clouds, review, validate
from blueprints.catalog.documents.cloud_rules import Example, Rule, aws, rules
from tests.blueprints.catalog.documents.builders import Json, problems

from .surroundings import REQUIRED, around

RULES = [rule for cloud in clouds() for rule in rules(cloud)]
ACCEPTED = [(rule, example) for rule in RULES for example in rule.accepted]
REFUSED = [(rule, example) for rule in RULES for example in rule.refused]


def _named(value: object) -> str:
    if isinstance(value, Rule):
        return value.code
    return json.dumps(value.properties)[:60] if isinstance(value, Example) else str(value)


@pytest.mark.parametrize("component_type", component_types.names())
def test_the_document_around_the_examples_is_valid(component_type: str) -> None:
    assert problems(around(component_type, Example({}))) == ()


@pytest.mark.parametrize(("rule", "example"), ACCEPTED, ids=_named)
def test_what_a_rule_accepts_is_valid(rule: Rule, example: Example) -> None:
    document = validate(around(rule.component_type, example))
    assert rule.code not in {problem.code for problem in document.review.problems}


@pytest.mark.parametrize(("rule", "example"), REFUSED, ids=_named)
def test_what_a_rule_refuses_is_refused_by_it_alone_and_there(rule: Rule, example: Example) -> None:
    candidate = around(rule.component_type, example)
    place = f"/{_component(candidate, rule)}{example.at}"
    assert [(problem.pointer, problem.code) for problem in _said(rule, candidate)] == [
        (place, rule.code)
    ]


def _component(candidate: Json, rule: Rule) -> str:
    """Say where the examples of a rule are: the component, or its properties."""
    component = f"components/{len(candidate['components']) - 1}"
    return component if rule.of_existing else f"{component}/properties"


def _said(rule: Rule, candidate: Json) -> list[Problem]:
    """Return the errors about a document, or what a rule that only warns says of it."""
    if rule.severity == "error":
        return list(problems(candidate))
    return [problem for problem in validate(candidate).review.problems if problem.code == rule.code]


@pytest.mark.parametrize("rule", RULES, ids=_named)
def test_each_rule_has_a_source_and_examples_of_both_kinds(rule: Rule) -> None:
    assert rule.component_type in component_types.names()
    assert rule.source.startswith("https://")
    assert rule.limit.endswith(".")
    assert rule.accepted
    assert rule.refused


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(("rule", "example"), REFUSED, ids=_named)
def test_a_refusal_says_what_would_be_right(rule: Rule, example: Example) -> None:
    (problem,) = _said(rule, around(rule.component_type, example))
    assert problem.severity == rule.severity
    assert problem.message.endswith((".", "?"))
    assert len(problem.message) > len("Not allowed here: change or remove it.")
    assert problem.fix.endswith(".") is (rule.severity == "warning")


def test_a_rule_alone_says_how_severe_its_findings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    (rule,) = (each for each in RULES if each.code == "aws-object-storage-dots")
    mild = {("object_storage", False): [dataclasses.replace(rule, severity="warning")]}
    monkeypatch.setattr(cloud_rules, "_by_type", lambda _cloud: mild)
    found = review(around("object_storage", rule.refused[0])).problems
    assert [each.severity for each in found if each.code == rule.code] == ["warning"]


_KINDS = {str: "string", int: "number", bool: "boolean"}


def _behind_a_variable(candidate: Json, path: list[str]) -> Json | None:
    """Let a variable without a default hold the value at a place; None if it is no scalar."""
    *steps, last = path
    place: Any = candidate
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    key = int(last) if isinstance(place, list) else last
    if type(place.get(key) if isinstance(place, dict) else place[key]) not in _KINDS:
        return None
    candidate["variables"]["unknown"] = {"type": _KINDS[type(place[key])]}
    place[key] = {"var": "unknown"}
    return candidate


def _unknown(rule: Rule, example: Example) -> Json | None:
    """Return the refused document with a variable in the place that is refused, if one may be."""
    candidate = around(rule.component_type, example)
    place = f"{_component(candidate, rule)}{example.at}"
    steps = [step.replace("~1", "/") for step in place.split("/")]
    if not example.at or steps[-2] in {"environment", "labels"}:  # whose names are judged
        return None
    return _behind_a_variable(copy.deepcopy(candidate), steps)


UNKNOWN = [
    (rule, unknown) for rule, example in REFUSED if (unknown := _unknown(rule, example)) is not None
]


@pytest.mark.parametrize(("rule", "candidate"), UNKNOWN, ids=_named)
def test_what_a_variable_decides_is_not_judged(rule: Rule, candidate: Json) -> None:
    found = review(candidate).problems
    assert rule.code not in {problem.code for problem in found}
    errors = {problem.code for problem in found if problem.severity == "error"}
    # Where a property takes literals only, that alone is said.
    assert errors <= {"wrong-type", "literal-secret"}


def test_most_values_that_rules_refuse_may_stand_in_variables() -> None:
    """Without this, the test above might judge nothing."""
    assert len(UNKNOWN) > len(REFUSED) // 2


@pytest.mark.parametrize("name", examples.names())
def test_worked_blueprints_make_no_mistake_that_a_rule_knows(name: str) -> None:
    codes = {problem.code for problem in validate(examples.load(name)).review.problems}
    assert codes.isdisjoint(rule.code for rule in RULES)


def test_surroundings_know_every_type() -> None:
    assert set(REQUIRED) == set(component_types.names())


def test_every_rule_and_limit_of_a_module_is_listed() -> None:
    listed = {id(each) for each in (*aws.RULES, *aws.LIMITS)}
    for module in pkgutil.iter_modules(aws.__path__):
        members = vars(importlib.import_module(f"{aws.__name__}.{module.name}"))
        found = [value for value in members.values() if isinstance(value, Rule)]
        found += [*members.get("RULES", ()), *members.get("LIMITS", ())]
        assert {id(each) for each in found} <= listed, module.name
