"""Modules cannot be lost, and cost no more than what they hold, however often they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import (
    NamedVersion,
    Review,
    conformance,
    validate,
    versions_named,
    with_carried,
)
from blueprints.catalog.documents.limits import MAX_BYTES, MAX_PROBLEMS
from blueprints.catalog.problems import Problem
from tests.effort import calls_of

from .builders import Json, document, only_problem, part, places, ref, var
from .module_builders import AT, JOBS, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUES = document(
    part("jobs", "queue"),
    part("each", "queue") | {"for_each": ["a"]},
    part("both", "queue") | {"count": 2},
    outputs={"url": ref("jobs.url"), "urls": ref("each.url"), "pair": ref("both.url")},
)


def used(component_id: str = "orders", **inputs: Any) -> Json:
    return part(component_id, "module", blueprint=JOBS, version=3, inputs=inputs)


def hosting(*components: Json, inner: Json = QUEUES, **members: Any) -> Json:
    return document(*components, modules={KEY: inner}, **members)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"outputs": {"url": ref("orders.url")}},
        {"relations": [{"from": "it", "to": "orders", "type": "depends_on"}]},
    ],
)
def test_a_module_of_an_unknown_provider_is_refused_and_not_lost(members: Json) -> None:
    def from_provider(name: str) -> list[tuple[str, str]]:
        far = {"far": {"region": "eu-west-1"}}
        return places(
            hosting(used() | {"provider": name}, part("it", "queue"), providers=far, **members)
        )

    assert from_provider("fra") == [("/components/0/provider", "unknown-provider")]
    assert from_provider("far") == []


def test_a_module_without_former_ids_is_itself() -> None:
    built = validate(hosting(used() | {"moved_from": []}))
    (jobs, *_) = built.component("orders").properties["document"].components
    assert jobs.within == ("orders",)


@pytest.mark.parametrize(("output", "fits"), [("url", True), ("urls", False), ("pair", False)])
def test_what_several_components_tell_is_no_single_value(output: str, *, fits: bool) -> None:
    named = part("box", "object_storage", bucket=ref(f"orders.{output}"))
    wrong = [("/components/1/properties/bucket/ref", "type-mismatch")]
    assert places(hosting(used(), named)) == ([] if fits else wrong)


def nested(depth: int, outputs: int) -> Json:
    names = [f"o{number}" for number in range(outputs)]
    found = document(part("jobs", "queue"), outputs=dict.fromkeys(names, ref("jobs.url")))
    for _ in range(depth):
        found = hosting(
            used(), inner=found, outputs={name: ref(f"orders.{name}") for name in names}
        )
    return found


def test_outputs_of_modules_in_modules_are_found_out_once() -> None:
    validate(nested(3, 2))  # what is prepared once is not counted
    few, many = nested(3, 10), nested(3, 40)
    assert calls_of(lambda: validate(many)) < 4 * calls_of(lambda: validate(few)) * 1.1


def test_a_module_counts_as_often_as_it_is_used() -> None:
    def using(times: int) -> list[tuple[str, str]]:
        policy = {"policy": "x" * 200_000}
        inner = document(part("topic", "raw", resource="aws_sns_topic", arguments=policy))
        uses = (used(f"m{number}") for number in range(times))
        return places(hosting(*uses, inner=inner))

    assert using(8) == []
    assert using(MAX_BYTES // 200_000 + 1) == [("/components", "too-large")]


def test_the_layout_of_another_editor_is_not_carried() -> None:
    laid_out = QUEUES | {"layout": {"components": {"jobs": {"x": 1}}}}
    assert with_carried(hosting(used()), {NamedVersion("module", JOBS, 3): laid_out}) == hosting(
        used()
    )


def test_a_whole_number_names_a_version_however_it_is_written() -> None:
    written = document(part("orders", "module", blueprint=JOBS, version=3.0))
    assert versions_named(written) == {NamedVersion("module", JOBS, 3)}
    written["components"][0]["properties"]["version"] = 3.5
    assert versions_named(written) == set()


def test_a_variable_that_is_broken_by_today_s_rules_is_refused_in_its_module() -> None:
    inner = QUEUES | {"variables": {"x": {"type": "string", "pattern": "(?=a)"}}}
    problem = only_problem(hosting(used(x="a"), inner=inner))
    assert problem.pointer == f"{AT}/version"
    assert "/variables/x/pattern" in problem.message


def test_a_cloud_without_code_is_named_once() -> None:
    inner = {"cloud": "google", "region": "europe-west1", "components": []}
    uses = [used(), used("more")]
    found = validate({**inner, "components": uses, "modules": {KEY: inner}})
    assert [each.code for each in found.warnings] == ["unsupported-cloud"]


def test_a_list_of_allowed_values_is_not_repeated_whole() -> None:
    stages = {"type": "string", "allowed_values": [f"stage-{n}" for n in range(50)]}
    inner = QUEUES | {"variables": {"stage": stages}, "outputs": {"stage": var("stage")}}
    message = only_problem(hosting(used(stage="prod"), inner=inner)).message
    assert '"stage-4" and 45 more' in message
    assert "stage-5" not in message


def test_what_a_version_destroys_is_said_before_all_else() -> None:
    def warnings(code: str, count: int) -> list[Problem]:
        return [Problem.warning((), "x", code, fix="y") for _ in range(count)]  # type: ignore[arg-type]  # any code

    review = Review.of(warnings("unused-variable", MAX_PROBLEMS + 5))
    found = review.after(warnings("component-renamed", 2))
    assert [each.code for each in found.problems[:3]] == [
        *("component-renamed", "component-renamed", "unused-variable")
    ]
    assert (len(found.problems), found.more) == (MAX_PROBLEMS, 7)


def test_what_is_used_often_is_read_for_its_shape_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def noted(document: Any) -> Iterator[Problem]:
        seen.append(document)
        return document_problems(document)

    document_problems = conformance.document_problems
    monkeypatch.setattr(conformance, "document_problems", noted)
    validate(hosting(*(used(f"m{number}") for number in range(5)), inner=QUEUES))
    checked = [each for each in seen if each["components"] == QUEUES["components"]]
    assert len(checked) == 1 + 5  # by itself, and with the inputs of each use
