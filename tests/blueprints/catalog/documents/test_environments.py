"""Values of variables in each environment."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import diff, validate

from .builders import Json, document, part, places, problems, var

VARIABLES: Json = {
    "delay": {"type": "number", "max": 900},
    "place": {"type": "string", "default": "eu-west-1"},
    "pin": {"type": "string", "secret": True},
    "note": {"type": "string", "nullable": True, "pattern": "^[a-z]+$"},
    "limits": {"type": "object", "attributes": {"delay": {"type": "number"}}},
}


def staged(values: Any, **members: Any) -> Json:
    jobs = part("jobs", "queue", delay_seconds=var("delay"))
    more = part("more", "queue", delay_seconds=var("limits.delay"))
    return document(jobs, more, variables=VARIABLES, environments={"staging": values},
                    **{"region": var("place"), **members})  # fmt: skip


def test_an_environment_gives_variables_their_values() -> None:
    values = {"delay": 5, "place": "eu-north-1", "note": None, "limits": {"delay": 1}}
    built = validate(staged({"description": "For tries.", "values": values}))
    assert built.environments["staging"] == values
    assert problems(staged({})) == ()


@pytest.mark.parametrize(
    ("values", "place", "code"),
    [
        ({"dealy": 1}, "/dealy", "unknown-variable"),
        ({"delay": "1"}, "/delay", "wrong-type"),
        ({"delay": 1001}, "/delay", "value-does-not-fit"),
        ({"delay": 901}, "/delay", "value-does-not-fit"),  # where it is used, 900 is the most
        ({"limits": {"delay": 901}}, "/limits", "value-does-not-fit"),
        ({"limits": {"delay": None}}, "/limits/delay", "wrong-type"),
        ({"limits": {}}, "/limits", "missing-property"),
        ({"note": "A"}, "/note", "value-does-not-fit"),
        ({"delay": None}, "/delay", "wrong-type"),
        ({"pin": "hunter2"}, "/pin", "literal-secret"),
        ({"place": "AKIAIOSFODNN7EXAMPLE"}, "/place", "literal-secret"),
        ({"place": "eu-nowhere-1"}, "/place", "unknown-region"),
        ({"place": "cn-north-1"}, "/place", "contradiction"),
    ],
)
def test_a_value_that_cannot_be_is_refused_once_where_it_stands(
    values: Json, place: str, code: str
) -> None:
    assert places(staged({"values": values})) == [(f"/environments/staging/values{place}", code)]


@pytest.mark.parametrize(
    ("environments", "place", "code"),
    [
        ([], "/environments", "wrong-type"),
        ({"Staging": {}}, "/environments/Staging", "wrong-name"),
        ({"../etc": {}}, "/environments/..~1etc", "wrong-name"),
        ({"staging": 1}, "/environments/staging", "wrong-type"),
        ({"staging": {"value": {}}}, "/environments/staging/value", "unknown-property"),
        ({f"e{n}": {} for n in range(21)}, "/environments", "too-many"),
    ],
)
def test_a_wrong_environment_is_refused(environments: Any, place: str, code: str) -> None:
    assert (place, code) in places(document(environments=environments))


def test_another_value_is_a_difference_of_its_environment() -> None:
    (change,) = diff(staged({"values": {"delay": 1}}), staged({"values": {"delay": 2}}))
    assert (change.subject, change.id, change.pointer) == (
        "environment",
        "staging",
        "/values/delay",
    )
