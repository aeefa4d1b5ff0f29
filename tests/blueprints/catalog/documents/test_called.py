"""Nothing takes the name that a blueprint's prefix makes for one of its components."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import InvalidDocument, require_free_names, validate

from .builders import Json, document, part, var

ROLE: Json = part("r", "role", trusted_service="function")
POLICY: Json = {"jsonencode": {"Version": "2012-10-17", "Statement": []}}


def raw(resource: str, name: Any, **arguments: Any) -> Json:
    return part("own", "raw", resource=resource, arguments={"name": name, **arguments})


def refused(raw_document: Json, prefix: str = "p") -> list[tuple[str, str]]:
    try:
        require_free_names(validate(raw_document), raw_document, prefix)
    except InvalidDocument as error:
        return [(problem.pointer, problem.code) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("component", "own", "other"),
    [
        (part("q", "queue"), raw("aws_sqs_queue", "p-q"), "p-q2"),
        (part("q", "queue", fifo=True), raw("aws_sqs_queue", "p-q.fifo"), "p-q"),
        (ROLE, raw("aws_iam_role", "P-R", assume_role_policy=POLICY), "p-r-2"),
    ],
)
def test_a_raw_resource_cannot_have_the_name_of_a_component(
    component: Json, own: Json, other: str
) -> None:
    at = [("/components/1/properties/arguments/name", "repeated-name")]
    assert refused(document(component, own)) == at
    assert refused(document(component, own), "another") == []
    own["properties"]["arguments"]["name"] = other
    assert refused(document(component, own)) == []


@pytest.mark.parametrize(
    ("default", "value", "is_taken"),
    [("p-q", "x", True), ("x", "p-q", True), ("x", "y", False)],
)
def test_variables_take_names_by_default_and_in_environments(
    default: str, value: str, is_taken: bool
) -> None:
    named = document(
        part("q", "queue"),
        raw("aws_sqs_queue", var("name")),
        variables={"name": {"type": "string", "default": default}},
        environments={"prod": {"values": {"name": value}}},
    )
    assert bool(refused(named)) == is_taken


def test_names_of_several_and_elsewhere_are_others() -> None:
    own = raw("aws_sqs_queue", "p-q")
    assert refused(document({**part("q", "queue"), "count": 2}, own)) == []
    there = document(
        part("q", "queue"),
        {**own, "provider": "far"},
        providers={"far": {"region": "eu-west-1"}},
    )
    assert refused(there) == []
