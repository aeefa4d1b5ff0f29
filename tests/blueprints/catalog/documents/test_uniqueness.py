"""Names are compared as they will be: of each instance, by default and in each environment."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import uniqueness

from .builders import Json, document, only_problem, part, places, ref, var
from .module_builders import hosting, used

TEXT: Json = {"type": "string"}
SECOND = ("/components/1/properties/bucket", "repeated-name")
KEYED: Json = {"join": ["logs-", {"each": "key"}]}


def bucket(component_id: str, name: Any, **members: Any) -> Json:
    return {**part(component_id, "object_storage", bucket=name), **members}


def queue(component_id: str, name: Any, **members: Any) -> Json:
    return {
        **part(component_id, "raw", resource="aws_sqs_queue", arguments={"name": name})
    } | members


def two(first: Json, second: Json, environment: Json | None = None) -> Json:
    environments = {"prod": {"values": environment or {}}}
    return document(bucket("a", var("one")), bucket("b", {"join": [var("two"), "-logs"]}),
                    variables={"one": TEXT | first, "two": TEXT | second},
                    environments=environments)  # fmt: skip


def test_variables_alike_by_default_make_one_name() -> None:
    assert places(two({"default": "acme-logs"}, {"default": "acme"})) == [SECOND]
    assert places(two({"default": "acme-logs"}, {"default": "acme-2"})) == []
    assert places(two({"default": "acme-logs"}, {})) == []
    literal = document(bucket("a", "acme-7"), bucket("b", {"join": ["acme-", var("n")]}),
                       variables={"n": {"type": "number", "default": 7}})  # fmt: skip
    assert places(literal) == [SECOND]


def test_variables_alike_in_an_environment_make_one_name() -> None:
    at = ("/environments/prod/values/two", "repeated-name")
    assert places(two({"default": "acme-logs"}, {}, {"two": "acme"})) == [at]
    assert places(two({}, {}, {"one": "acme-logs", "two": "acme"})) == [at]
    assert places(two({}, {}, {"one": "acme-logs", "two": "acme-2"})) == []


@pytest.mark.parametrize(
    ("name", "repeat", "is_taken"),
    [
        ("jobs", {"count": 2}, True),
        ("jobs", {"count": 1}, False),
        ("jobs", {"when": True}, False),
        ("jobs", {"for_each": ["a", "b"]}, True),
        ("jobs", {"count": var("many")}, True),
        (var("name"), {"for_each": var("keys")}, True),
        (KEYED, {"for_each": var("keys")}, False),
        ({"join": ["jobs-", {"each": "index"}]}, {"count": 2}, False),
        ({"each": "value.name"}, {"for_each": {"a": {"name": "x"}, "b": {"name": "y"}}}, False),
        ({"each": "value.name"}, {"for_each": {"a": {"name": "x"}, "b": {"name": "X"}}}, True),
        (ref("one.arn"), {"count": 2}, True),
        (ref("paired.arn"), {"count": 2}, False),
    ],
)
def test_each_instance_has_a_name_of_its_own(name: Any, repeat: Json, is_taken: bool) -> None:
    topic = {"resource": "aws_sns_topic", "arguments": {}}
    found = places(
        document(
            queue("jobs", name, **repeat),
            part("one", "raw", **topic),
            part("paired", "raw", **topic) | repeat,
            variables={
                "many": {"type": "number"},
                "keys": {"type": "list", "default": ["a"]},
                "name": TEXT,
            },
            outputs={name: var(name) for name in ("many", "name")},
        )
    )
    at = ("/components/0/properties/arguments/name", "repeated-name")
    assert [each for each in found if each[1] == "repeated-name"] == ([at] if is_taken else [])


def test_names_of_instances_are_compared_with_all_others() -> None:
    logs = bucket("logs", KEYED, for_each=["a", "b"])
    assert places(document(logs, bucket("one", "logs-b"))) == [SECOND]
    assert places(document(logs, bucket("one", "logs-c"))) == []
    keys = {"keys": {"type": "list", "default": ["a"]}}
    free = bucket("logs", KEYED, for_each=var("keys"))
    environments = {"prod": {"values": {"keys": ["c"]}}}
    staged = document(free, bucket("one", "logs-c"), variables=keys, environments=environments)
    problem = only_problem(staged)
    assert (problem.pointer, problem.code) == SECOND
    assert problem.message.startswith('In environment "prod": ')
    assert places(staged | {"environments": {}}) == []


def test_a_name_is_taken_once_where_it_is_unique_within_another() -> None:
    def policies(role: str) -> Json:
        arguments = {"name": "read", "role": ref(role), "policy": "{}"}
        role_of = {"resource": "aws_iam_role", "arguments": {"assume_role_policy": "{}"}}
        return document(
            part("one", "raw", **role_of),
            part("paired", "raw", **role_of) | {"count": 2},
            part("policy", "raw", resource="aws_iam_role_policy", arguments=arguments)
            | {"count": 2},
        )

    assert places(policies("paired.id")) == []
    assert places(policies("one.id")) == [
        ("/components/2/properties/arguments/name", "repeated-name")
    ]


def test_instances_in_modules_have_names_of_their_own() -> None:
    inner = document(
        bucket("logs", KEYED, for_each=var("keys")), variables={"keys": {"type": "list"}}
    )
    one, other = used(keys=["a", "b"]), used("again", keys=["b"])
    assert places(hosting(one, other, inner=inner)) == [
        ("/components/1/properties/version", "repeated-name")
    ]
    assert places(hosting(one, used("again", keys=["c"]), inner=inner)) == []
    assert places(hosting(one, bucket("own", "logs-a"), inner=inner)) == [SECOND]


def test_names_in_modules_are_those_that_joined_inputs_make() -> None:
    inner = document(bucket("store", var("name")), variables={"name": TEXT})
    stage = {"variables": {"stage": TEXT | {"default": "test"}}}
    named = used(name={"join": ["acme-", var("stage")]})
    own = bucket("own", "acme-test")
    assert places(hosting(named, own, inner=inner, **stage)) == [SECOND]
    assert places(hosting(named, bucket("own", "acme-prod"), inner=inner, **stage)) == []
    environments = {"prod": {"values": {"stage": "prod"}}}
    assert places(
        hosting(named, bucket("own", "acme-prod"), inner=inner, environments=environments, **stage)
    ) == [SECOND]


def test_names_are_compared_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    many = document(bucket("logs", KEYED, for_each=["a", "b", "c"]), bucket("one", "logs-a"))
    monkeypatch.setattr(uniqueness, "MAX_CHOICES", 3)
    assert places(many) == []
    monkeypatch.setattr(uniqueness, "MAX_CHOICES", 4)
    assert places(many) == [SECOND]
