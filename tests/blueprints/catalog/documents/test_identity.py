"""Ids that a component had before, and names that two components ask for."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import validate

from .builders import Json, document, only_problem, part, places, var


def queue(component_id: str, *moved_from: str) -> Json:
    return {**part(component_id, "queue"), "moved_from": list(moved_from)}


def test_a_component_keeps_the_identity_that_it_had_first() -> None:
    moved, plain = validate(document(queue("c", "a", "b"), part("d", "queue"))).components
    assert (moved.moved_from, moved.identity) == (("a", "b"), "a")
    assert (plain.moved_from, plain.identity) == ((), "d")


@pytest.mark.parametrize(
    ("components", "place"),
    [
        ([queue("a", "a")], "/components/0/moved_from/0"),
        ([queue("b", "c", "a"), part("a", "queue")], "/components/0/moved_from/1"),
        ([queue("b", "a"), queue("c", "a")], "/components/1/moved_from/0"),
        ([queue("a"), queue("b", "a")], "/components/1/moved_from/0"),
    ],
    ids=["itself", "a present one", "another's", "an earlier one"],
)
def test_a_former_id_belongs_to_one_component(components: list[Json], place: str) -> None:
    assert places(document(*components)) == [(place, "former-id-in-use")]


def test_two_components_cannot_change_places() -> None:
    swapped = document(queue("a", "b"), queue("b", "a"))
    assert places(swapped) == [
        ("/components/0/moved_from/0", "former-id-in-use"),
        ("/components/1/moved_from/0", "former-id-in-use"),
    ]


@pytest.mark.parametrize(
    "former", ["a", ["A"], [1], ["b", "b"], [{"ref": "b"}], ["x"] * 51, [None]]
)
def test_former_ids_have_the_form_of_ids(former: Any) -> None:
    assert places(document({**part("a", "queue"), "moved_from": former}))
    assert not places(document({**part("a", "queue"), "moved_from": ["b", "c"]}))


@pytest.mark.parametrize("name", ["acme-files", var("name")])
def test_a_name_that_is_given_is_given_once(name: Any) -> None:
    variables = {"name": {"type": "string"}, "other": {"type": "string"}}
    one = part("one", "object_storage", bucket=name)
    twice = document(one, part("two", "object_storage", bucket=name), variables=variables)
    problem = only_problem(twice)
    assert (problem.pointer, problem.code) == ("/components/1/properties/bucket", "repeated-name")
    for other in ("acme-logs", var("other")):
        two = part("two", "object_storage", bucket=other)
        assert not places(document(one, two, variables=variables))


def raw(component_id: str, resource: str, **arguments: object) -> Json:
    return part(component_id, "raw", resource=resource, arguments=arguments)


@pytest.mark.parametrize(
    ("first", "second", "argument"),
    [
        (raw("a", "aws_sqs_queue", name="n"), raw("b", "aws_sqs_queue", name="n"), "name"),
        (raw("a", "aws_iam_role", name="n", assume_role_policy="{}"),
         raw("b", "aws_iam_role", name="N", assume_role_policy="{}"), "name"),
        (part("a", "object_storage", bucket="abc-def"),
         raw("b", "aws_s3_bucket", bucket="abc-def"), "bucket"),
    ],
)  # fmt: skip
def test_resources_in_the_providers_words_have_names_of_their_own(
    first: Json, second: Json, argument: str
) -> None:
    problem = only_problem(document(first, second))
    place = f"/components/1/properties/arguments/{argument}"
    assert (problem.pointer, problem.code) == (place, "repeated-name")
    validate(document(first, raw("b", "aws_sns_topic", name="n")))


REGION: Json = {"cloud": "region"}


def bucket(component_id: str, name: Any, **members: Any) -> Json:
    return {**part(component_id, "object_storage", bucket=name), **members}


def queue_named(component_id: str, name: Any, **members: Any) -> Json:
    return {**raw(component_id, "aws_sqs_queue", name=name), **members}


@pytest.mark.parametrize(
    ("make", "first", "second", "other"),
    [
        (bucket, {"join": ["acme-logs-", REGION]}, "acme-logs-us-east-1", "acme-logs-eu-west-1"),
        (bucket, "acme-logs-us-east-1", {"join": ["acme-", "logs-", REGION]},
         {"join": ["acme-log-", REGION]}),
        (bucket, REGION, "us-east-1", "us-east-2"),
        (queue_named, {"join": ["jobs-", REGION]}, {"join": ["jobs-", REGION]},
         {"join": ["tasks-", REGION]}),
        (queue_named, {"join": ["x-", {"cloud": "partition"}]}, "x-aws", "x-aws-cn"),
        (queue_named, var("name"), var("name"), var("other")),
        (queue_named, {"join": ["a-", var("name")]}, {"join": ["a", "-", var("name")]},
         {"join": ["a-", var("other")]}),
    ],
)  # fmt: skip
def test_names_are_compared_as_code_has_them(
    make: Any, first: Any, second: Any, other: Any
) -> None:
    variables = {"name": {"type": "string"}, "other": {"type": "string"}}
    used = {"outputs": {name: var(name) for name in variables}, "variables": variables}
    place = "arguments/name" if make is queue_named else "bucket"
    assert places(document(make("a", first), make("b", second), **used)) == [
        (f"/components/1/properties/{place}", "repeated-name")
    ]
    assert places(document(make("a", first), make("b", other), **used)) == []


def test_a_name_in_the_providers_words_is_compared_with_those_of_properties() -> None:
    joined = bucket("a", {"join": ["logs-", REGION]})
    written = raw("b", "aws_s3_bucket", bucket="logs-us-east-1")
    problem = only_problem(document(joined, written))
    assert problem.pointer == "/components/1/properties/arguments/bucket"
    assert only_problem(document(written, joined)).pointer == "/components/1/properties/bucket"
    elsewhere = {"providers": {"replica": {"region": "eu-west-1"}}}
    assert not places(document({**joined, "provider": "replica"}, written, **elsewhere))


def test_keys_are_those_of_their_component() -> None:
    name = {"join": ["acme-", {"each": "key"}]}
    one, two = bucket("a", name, for_each=["x"]), bucket("b", name, for_each=["y"])
    assert not places(document(one, two))
    assert ("/components/1/properties/bucket", "repeated-name") in places(
        document(one, {**two, "for_each": ["x"]})
    )
