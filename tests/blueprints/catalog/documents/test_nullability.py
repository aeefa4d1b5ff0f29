"""What may be null stands only where null says that nothing is given."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents

from .builders import Json, document, network_with_subnets, part, places, ref, var
from .module_builders import AT, hosting, used

Y: Json = {"y": {"type": "number", "optional": True}}
MAYBE: Json = {"type": "object", "attributes": Y}
VARIABLES: Json = {
    "text": {"type": "string", "nullable": True},
    "texts": {"type": "list", "nullable": True},
    "sure": {"type": "string", "default": "small"},
    "whole": {"type": "object", "nullable": True, "attributes": {"y": {"type": "number"}}},
    "inner": {"type": "object", "attributes": {"x": MAYBE | {"optional": True}, **Y}},
    "jobs": {"type": "map", "element": MAYBE},
    "region": {"type": "string", "nullable": True, "default": "us-east-1"},
}  # fmt: skip
QUEUE = part("q", "queue")
ABROAD = {**QUEUE, "provider": "x"}


def raw(resource: str, **arguments: Any) -> Json:
    return part("it", "raw", resource=resource, arguments=arguments)


def using(*components: Json, **members: Any) -> Json:
    return document(*components, variables=VARIABLES, **members)


def machine(**properties: Any) -> Json:
    return using(
        *network_with_subnets(), part("vm", "compute_instance", subnet=ref("main-a"), **properties)
    )


@pytest.mark.parametrize(
    ("candidate", "place"),
    [
        (machine(size=var("text")), "/components/3/properties/size/var"),
        (using(part("q", "queue", delay_seconds=var("inner.y"))),
         "/components/0/properties/delay_seconds/var"),
        (using(part("q", "queue", delay_seconds={"each": "value.y"}) | {"for_each": var("jobs")}),
         "/components/0/properties/delay_seconds/each"),
        (using(part("r", "role", trusted_service="function", managed_policies=[var("text")])),
         "/components/0/properties/managed_policies/0/var"),
        (using(QUEUE | {"tags": {"a": var("text")}}), "/components/0/tags/a/var"),
        (using(QUEUE, tags={"a": var("text")}), "/tags/a/var"),
        (using({"id": "q", "type": "queue", "existing": {"name": var("text")}}),
         "/components/0/existing/name/var"),
        (using(QUEUE, region=var("region")), "/region/var"),
        (using(ABROAD, providers={"x": {"region": var("region")}}), "/providers/x/region/var"),
        (using(ABROAD, providers={"x": {"region": "eu-west-1", "assume_role": var("text")}}),
         "/providers/x/assume_role/var"),
        (using(raw("aws_db_instance", instance_class="x", vpc_security_group_ids=[var("text")])),
         "/components/0/properties/arguments/vpc_security_group_ids/0/var"),
        (using(raw("aws_sqs_queue", policy={"jsonencode": {"Resource": [var("text")]}})),
         "/components/0/properties/arguments/policy/jsonencode/Resource/0/var"),
        (using(raw("aws_sqs_queue", tags={"a": var("text")})),
         "/components/0/properties/arguments/tags/a/var"),
        (using(QUEUE, outputs={"a": {"join": ["a", var("text")]}}), "/outputs/a/join/1/var"),
        (using(QUEUE, outputs={"a": var("whole.y")}), "/outputs/a/var"),
        (using(QUEUE, outputs={"a": var("inner.x.y")}), "/outputs/a/var"),
        (using(raw("aws_sqs_queue", delay_seconds=var("whole.y"))),
         "/components/0/properties/arguments/delay_seconds/var"),
    ],
)  # fmt: skip
def test_null_is_refused_where_it_says_nothing(candidate: Json, place: str) -> None:
    assert places(candidate) == [(place, "type-mismatch")]


def test_null_stands_where_it_leaves_something_out() -> None:
    fine = using(
        *network_with_subnets(),
        part("vm", "compute_instance", subnet=ref("main-a"), key_name=var("text"),
             size=var("sure")),
        raw("aws_sqs_queue", name=var("text"), delay_seconds=var("inner.y")),
        part("db", "raw", resource="aws_db_instance",
             arguments={"instance_class": "x", "vpc_security_group_ids": var("texts")}),
        outputs={"text": var("text"), "y": var("inner.y"), "x": var("inner.x"),
                 "whole": var("whole")},
    )  # fmt: skip
    assert places(fine) == []
    assert write(documents.stack_of(documents.validate(fine)))


INNER = document(
    raw("aws_sqs_queue", delay_seconds=var("maybe")),
    part("q", "queue", delay_seconds=var("sure")) | {"when": var("on")},
    variables={
        "maybe": {"type": "number", "nullable": True},
        "sure": {"type": "number", "default": 1},
        "on": {"type": "boolean", "default": True},
    },
    outputs={"arn": ref("q.arn")},
)


@pytest.mark.parametrize(("name", "fits"), [("maybe", True), ("sure", False)])
def test_a_module_is_given_null_where_its_variable_may_be(name: str, *, fits: bool) -> None:
    module = used()
    module["properties"]["inputs"] = {name: var("inner.y")}
    given = hosting(module, inner=INNER, variables=VARIABLES)
    assert places(given) == ([] if fits else [(f"{AT}/inputs/{name}/var", "type-mismatch")])


def test_what_a_module_may_not_have_is_in_no_list() -> None:
    allowed = {"actions": ["sqs:SendMessage"], "resources": [ref("it.arn")]}
    role = part("r", "role", trusted_service="function", statements=[allowed])
    place = "/components/1/properties/statements/0/resources/0/ref"
    assert places(hosting(used("it"), role, inner=INNER)) == [(place, "type-mismatch")]
    always = INNER | {"components": [INNER["components"][0], part("q", "queue")]}
    always["variables"] = {"maybe": INNER["variables"]["maybe"]}
    assert places(hosting(used("it"), role, inner=always)) == []


@pytest.mark.parametrize(("groups", "fits"), [(["sg-1"], True), (["sg-1", None], False)])
def test_null_is_in_no_list_of_a_key(groups: list[Any], *, fits: bool) -> None:
    database = raw("aws_db_instance", instance_class="x",
                   vpc_security_group_ids={"each": "value.groups"})  # fmt: skip
    found = places(using(database | {"for_each": {"a": {"groups": groups}}}))
    place = "/components/0/properties/arguments/vpc_security_group_ids/each"
    assert found == ([] if fits else [(place, "unknown-variable")])
