"""Resources in the provider's own words: what stands in their arguments, and who refers to them."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import Ref, validate

from .builders import (
    Json,
    document,
    only_problem,
    part,
    places,
    problems,
    ref,
    var,
)
from .provider_term_builders import raw


def test_json_holds_null_and_a_raw_resource_no_id() -> None:
    content = {"Version": None, "Statement": [None, {"Sid": None}]}
    (key,) = validate(raw("aws_kms_key", policy={"jsonencode": content})).components
    assert key.properties["arguments"].arguments["policy"].value["Version"] is None
    (problem,) = places(raw("aws_kms_key", id="x"))
    assert problem == ("/components/0/properties/arguments/id", "read-only-argument")


def test_an_id_in_a_nested_block_is_an_argument() -> None:
    group: Json = {
        "cluster_name": "c",
        "node_role_arn": "arn:aws:iam::111122223333:role/nodes",
        "scaling_config": {"desired_size": 1, "max_size": 1, "min_size": 1},
        "subnet_ids": ["subnet-0123456789abcdef0"],
    }
    template = {"id": "lt-1", "version": "1"}
    assert places(raw("aws_eks_node_group", **group, launch_template=template)) == []
    assert places(raw("aws_eks_node_group", **group, launch_template={**template, "name_": 1})) == [
        ("/components/0/properties/arguments/launch_template/name_", "unknown-argument")
    ]


INSTANCE = part("i", "raw", resource="aws_instance", arguments={"instance_type": "t3.small"})


@pytest.mark.parametrize(
    ("value", "place", "code"),
    [
        ([1], "", "wrong-argument"),
        ({"b": "c"}, "", "wrong-argument"),
        (None, "", "wrong-argument"),
        (ref("i.vpc_security_group_ids"), "/ref", "type-mismatch"),
        (var("names"), "/var", "type-mismatch"),
        (1, "", ""),
        (True, "", ""),
        (ref("i.arn"), "", ""),
        ({"join": ["a-", ref("i.arn")]}, "", ""),
        ({"jsonencode": [1]}, "", ""),
    ],
)
def test_maps_of_the_provider_hold_texts(value: Any, place: str, code: str) -> None:
    queue = part("q", "raw", resource="aws_sqs_queue", arguments={"tags": {"a": value}})
    names = {"names": {"type": "list"}}
    found = places(document(queue, INSTANCE, variables=names))
    pointer = f"/components/0/properties/arguments/tags/a{place}"
    assert found == ([(pointer, code)] if code else [])


def test_objects_in_lists_say_all_of_their_members() -> None:
    rule = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}
    (group,) = validate(raw("aws_security_group", ingress=[rule])).components
    ((said,),) = (group.properties["arguments"].arguments["ingress"],)
    assert {name for name, value in said.items() if value is None} == {
        "description",
        "ipv6_cidr_blocks",
        "prefix_list_ids",
        "security_groups",
        "self",
    }


def test_a_raw_resource_can_be_referred_to_by_what_its_provider_lets_read() -> None:
    topic = raw(
        "aws_sns_topic",
        part("jobs", "queue", delay_seconds=var("hours")),
        kms_master_key_id=ref("jobs.arn"),
    )
    topic["outputs"] = {"arn": ref("it.arn"), "policy": ref("it.policy")}
    built = validate(topic)
    assert built.dependencies["it"] == ("jobs",)
    assert built.outputs["arn"] == Ref("it", "arn")
    wrong = {**topic, "outputs": {"arn": ref("it.arm")}}
    assert only_problem(wrong).code == "unknown-attribute"


@pytest.mark.parametrize(
    ("resource", "arguments", "place", "code"),
    [
        ("aws_sns_topics", {}, "/resource", "unknown-resource"),
        ("azurerm_dns_zone", {}, "/resource", "unknown-resource"),
        ("aws_eip\nx", {}, "/resource", "wrong-form"),
        ("aws_subnet", {}, "/arguments", "missing-argument"),
        ("aws_subnet", {"vpc_id": ref("it.id")}, "/arguments/vpc_id/ref", "circle"),
        ("aws_db_instance", {"instance_class": "x", "password": "hunter2"}, "/arguments/password",
         "literal-secret"),
        ("aws_db_instance", {"instance_class": "x", "password": var("key")},
         "/arguments/password/var", "not-a-secret"),
        ("aws_security_group", {"ingress": [{"from_prt": 1}]}, "/arguments/ingress/0/from_prt",
         "unknown-argument"),
        ("aws_security_group", {"ingress": [{"from_port": "1"}]}, "/arguments/ingress/0/from_port",
         "wrong-argument"),
        ("aws_lb_listener", {"load_balancer_arn": "a"}, "/arguments", "missing-argument"),
        ("aws_lb_listener", {"load_balancer_arn": "a", "default_action": {}},
         "/arguments/default_action", "missing-argument"),
        ("aws_lb_listener", {"load_balancer_arn": "a", "default_action": [1]},
         "/arguments/default_action/0", "wrong-argument"),
    ],
)  # fmt: skip
def test_a_wrong_raw_resource_is_refused_where_it_is_wrong(
    resource: str, arguments: Json, place: str, code: str
) -> None:
    found = places(raw(resource, **arguments))
    assert (f"/components/0/properties{place}", code) in found


def test_tags_of_a_raw_resource_are_its_own_arguments() -> None:
    tagged = raw("aws_sns_topic")
    tagged["components"][0]["tags"] = {"a": "b"}
    assert (only_problem(tagged).pointer, only_problem(tagged).code) == (
        "/components/0/tags",
        "contradiction",
    )


def test_what_has_to_be_there_is_not_null() -> None:
    def topic(**arguments: Any) -> list[tuple[str, str]]:
        given = {"endpoint": "a", "protocol": "sqs", "topic_arn": "b", **arguments}
        variables = {"note": {"type": "string", "nullable": True}}
        return places(raw("aws_sns_topic_subscription", **given) | {"variables": variables})

    arguments = "/components/0/properties/arguments"
    assert topic(protocol=var("note")) == [(f"{arguments}/protocol/var", "type-mismatch")]
    assert topic(filter_policy=var("note")) == []


def _zone_beside(resource: str, **arguments: Any) -> Json:
    candidate = raw(resource, **arguments)
    zone = {"resource": "aws_route53_zone", "arguments": {"name": "example.com"}}
    candidate["components"].append(part("zone", "raw", **zone))
    return candidate


RECORD = {"zone_id": ref("zone.zone_id"), "name": "sub", "type": "NS", "ttl": 60}


def test_what_can_only_be_read_has_a_type_too() -> None:
    assert (
        problems(_zone_beside("aws_route53_record", **RECORD, records=ref("zone.name_servers")))
        == ()
    )
    topic = _zone_beside("aws_sns_topic", display_name=ref("zone.name_servers"))
    (found,) = problems(topic)
    assert found.pointer == "/components/0/properties/arguments/display_name/ref"
    queue = document(
        part("jobs", "queue", delay_seconds=ref("zone.arn")),
        part("zone", "raw", resource="aws_route53_zone", arguments={"name": "example.com"}),
    )
    (found,) = problems(queue)
    assert found.pointer == "/components/0/properties/delay_seconds/ref"
