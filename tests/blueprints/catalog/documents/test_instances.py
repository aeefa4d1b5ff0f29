"""What a version destroys of components that stand several times, or at times."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import succession_warnings, validate

from .builders import Json, document, part, var
from .module_builders import hosting, used

QUEUE: Json = part("jobs", "queue")


def found(old: Json, new: Json) -> list[tuple[str, str, str]]:
    validate(new)
    warnings = succession_warnings(old, new)
    return [(each.code, each.pointer, each.message) for each in warnings]


def repeated(**repetition: Any) -> Json:
    return document({**QUEUE, **repetition})


def by_variable(kind: str, default: Any, **environments: Any) -> Json:
    known = {"bool": "boolean", "int": "number", "list": "list"}[type(default).__name__]
    return document(
        {**QUEUE, kind: var("which")},
        variables={"which": {"type": known, "default": default}},
        environments={
            name: {"values": {} if value is None else {"which": value}}
            for name, value in environments.items()
        },
    )


@pytest.mark.parametrize(
    ("kind", "before", "after", "gone"),
    [
        ("for_each", ["a", "b", "c"], ["c", "b", "d"], 'no longer has "a":'),
        ("count", 3, 1, 'no longer has "1", "2":'),
        ("when", True, False, "is switched off:"),
    ],
)
def test_instances_that_go_are_warned_of(kind: str, before: Any, after: Any, gone: str) -> None:
    ((code, pointer, message),) = found(repeated(**{kind: before}), repeated(**{kind: after}))
    assert (code, pointer) == ("instances-removed", f"/components/0/{kind}")
    assert gone in message
    ((_, pointer, message),) = found(by_variable(kind, before), by_variable(kind, after))
    assert pointer == "/variables/which/default"
    assert gone in message
    assert found(repeated(**{kind: after}), repeated(**{kind: after})) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"for_each": ["a", "b"]}, {"for_each": ["c", "b", "a"]}),
        ({"for_each": ["a", "b"]}, {"for_each": {"a": 1, "b": 2}}),
        ({"count": 1}, {"count": 2}),
        ({"when": False}, {"when": True}),
        ({"when": False}, {}),
        ({}, {"when": True}),
    ],
)
def test_what_stays_is_not_warned_of(before: Json, after: Json) -> None:
    assert found(repeated(**before), repeated(**after)) == []


def test_a_component_that_stood_alone_is_switched_off() -> None:
    ((_, pointer, _),) = found(repeated(), repeated(when=False))
    assert pointer == "/components/0/when"


def test_a_moved_component_loses_instances_too() -> None:
    new = document({**part("tasks", "queue"), "moved_from": ["jobs"], "for_each": ["b"]})
    ((code, pointer, _),) = found(repeated(for_each=["a", "b"]), new)
    assert (code, pointer) == ("instances-removed", "/components/0/for_each")


@pytest.mark.parametrize(
    ("before", "after", "pointers"),
    [
        (["a", "b"], ["a"], ["/environments/prod/values/which"]),
        (["a", "b"], None, ["/variables/which/default"]),
        (None, ["b"], ["/environments/prod/values/which"]),
        (None, ["a", "b"], []),
        (None, None, []),
    ],
)
def test_environments_are_compared_each_with_itself(
    before: Any, after: Any, pointers: list[str]
) -> None:
    old = by_variable("for_each", ["a"], prod=before, gone=["x"])
    new = by_variable("for_each", ["a"], prod=after, new=["a"])
    warnings = found(old, new)
    assert [pointer for _, pointer, _ in warnings] == pointers
    assert all('in environment "prod"' in message for *_, message in warnings)


def test_what_is_not_known_is_not_warned_of() -> None:
    open_ended = by_variable("for_each", ["a"])
    del open_ended["variables"]["which"]["default"]
    assert found(by_variable("for_each", ["a", "b"]), open_ended) == []
    assert found(open_ended, by_variable("for_each", ["b"])) == []


def test_inputs_of_a_module_decide_what_goes_in_it() -> None:
    at = [("instances-removed", "/components/0/properties/inputs")]
    old, new = hosting(used(keys=["a", "b"])), hosting(used(keys=["b"]))
    assert [each[:2] for each in found(old, new)] == at
    assert found(new, old) == []
    several, one = (
        {
            **hosting(used(keys=var("which"))),
            "variables": {"which": {"type": "list", "default": ["a"]}},
            "environments": {"prod": {"values": {"which": keys}}},
        }
        for keys in (["a", "b"], ["b"])
    )
    assert [each[:2] for each in found(several, one)] == at


def test_another_version_of_a_module_has_other_instances() -> None:
    inner, smaller = repeated(for_each=["a", "b"]), repeated(for_each=["b"])
    ((code, pointer, _),) = found(hosting(used(), inner=inner), hosting(used(), inner=smaller))
    assert (code, pointer) == ("instances-removed", "/components/0/properties/version")
