"""What is said about documents that are valid all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.documents import InvalidDocument, Problem, review, validate
from blueprints.catalog.documents.limits import MAX_PROBLEMS, MAX_PROBLEMS_SOUGHT

from .builders import changed, document, part, three_tier, var

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNUSED = Problem.warning(
    ("variables", "owner"),
    'Nothing uses variable "owner".',
    "unused-variable",
    fix='Remove it, or write {"var": "owner"} where it belongs.',
)


def declaring(*names: str, **members: Any) -> dict[str, Any]:
    return document(variables={name: {"type": "string"} for name in names}, **members)


def test_a_warning_says_where_what_and_what_to_do() -> None:
    assert validate(declaring("owner")).warnings == (UNUSED,)


def test_a_document_without_any_has_none() -> None:
    used = declaring("owner", outputs={"owner": var("owner")})
    assert validate(used).warnings == ()


def test_warnings_are_told_up_to_a_limit_and_counted_beyond() -> None:
    names = [f"v{number}" for number in range(MAX_PROBLEMS + 7)]
    found = validate(declaring(*names)).review
    assert (len(found.problems), found.more) == (MAX_PROBLEMS, 7)


def test_an_invalid_document_is_told_its_errors_alone() -> None:
    broken = changed(declaring("owner"), "region", to="us-east-9")
    with pytest.raises(InvalidDocument) as refused:
        validate(broken)
    assert [problem.code for problem in refused.value.problems] == ["unknown-region"]


def test_what_is_kept_is_shown_even_if_it_is_no_longer_accepted() -> None:
    found = review(changed(three_tier(), "region", to="us-east-9"))
    assert [(problem.severity, problem.code) for problem in found.problems] == [
        ("error", "unknown-region")
    ]
    assert review(declaring("owner")).problems == (UNUSED,)


@pytest.fixture
def noisy_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues that warn twice each, and are refused when they keep order."""

    def check(properties: Mapping[str, Any]) -> Iterator[Problem]:
        for _ in range(2):
            yield Problem.warning(("fifo",), "Noise.", "contradiction", fix="None.")
        if properties["fifo"]:
            yield Problem.error(("fifo",), "Too orderly.")

    noisy = replace(component_types.get("queue"), checks=(check,))
    monkeypatch.setattr(component_types, "get", lambda _: noisy)


@pytest.mark.usefixtures("noisy_queues")
def test_checks_of_a_type_may_warn_without_hiding_components_or_errors() -> None:
    queues = [part(f"q{number}", "queue") for number in range(MAX_PROBLEMS_SOUGHT // 2)]
    found = validate(document(*queues))
    assert len(found.components) == len(queues)
    assert found.warnings[0] == Problem.warning(
        ("components", 0, "properties"), "Noise.", fix="None."
    )
    with pytest.raises(InvalidDocument) as refused:
        validate(document(*queues[1:], part("last", "queue", fifo=True)))
    assert [problem.message for problem in refused.value.problems] == ["Too orderly."]
