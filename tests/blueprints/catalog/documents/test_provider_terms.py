"""Overrides, lifecycle and raw resources: each fault is refused where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog import provider_schemas
from blueprints.catalog.documents import (
    Arguments,
    Join,
    JsonEncode,
    Ref,
    Var,
    diff,
    locked,
    validate,
)

from .builders import (
    Json,
    document,
    network_with_subnets,
    only_problem,
    part,
    places,
    problems,
    ref,
    var,
)

VARIABLES: Json = {
    "key": {"type": "string"},
    "hours": {"type": "number"},
    "blocks": {"type": "list"},
    "token": {"type": "string", "secret": True},
}


def queue(**members: Any) -> Json:
    return document({**part("jobs", "queue"), **members}, variables=VARIABLES)


def overridden(resource: str = "aws_sqs_queue", **arguments: Any) -> Json:
    return queue(overrides={"aws": {resource: arguments}})


def raw(resource: str, *others: Json, **arguments: Any) -> Json:
    return document(
        part("it", "raw", resource=resource, arguments=arguments), *others, variables=VARIABLES
    )


CLUSTER = part(
    "c",
    "container_cluster",
    subnets=[ref("around-a"), ref("around-b")],
    node_groups=[{"name": "general"}],
)


def test_overrides_are_read_with_their_expressions() -> None:
    (jobs,) = validate(
        overridden(
            kms_data_key_reuse_period_seconds=var("hours"),
            fifo_throughput_limit={"join": ["alias/", var("key")]},
            redrive_allow_policy={"jsonencode": {"redrivePermission": "denyAll"}},
            timeouts={"create": "5m"},
        )
    ).components
    found = jobs.overrides["aws_sqs_queue"]
    assert dict(found.arguments) == {
        "kms_data_key_reuse_period_seconds": Var("hours"),
        "fifo_throughput_limit": Join(("alias/", Var("key"))),
        "redrive_allow_policy": JsonEncode({"redrivePermission": "denyAll"}),
    }
    assert found.blocks == (("timeouts", Arguments({"create": "5m"})),)
    assert found.names == (
        "kms_data_key_reuse_period_seconds",
        "fifo_throughput_limit",
        "redrive_allow_policy",
        "timeouts",
    )


@pytest.mark.parametrize(
    ("arguments", "place", "code"),
    [
        ({"max_mesage_size": 1}, "max_mesage_size", "unknown-argument"),
        ({"arn": "x"}, "arn", "read-only-argument"),
        ({"id": "x"}, "id", "read-only-argument"),
        ({"fifo_throughput_limit": None}, "fifo_throughput_limit", "wrong-argument"),
        (
            {"kms_data_key_reuse_period_seconds": "1"},
            "kms_data_key_reuse_period_seconds",
            "wrong-argument",
        ),
        (
            {"kms_data_key_reuse_period_seconds": True},
            "kms_data_key_reuse_period_seconds",
            "wrong-argument",
        ),
        (
            {"kms_data_key_reuse_period_seconds": None},
            "kms_data_key_reuse_period_seconds",
            "wrong-argument",
        ),
        (
            {"kms_data_key_reuse_period_seconds": [1]},
            "kms_data_key_reuse_period_seconds",
            "wrong-argument",
        ),
        ({"fifo_throughput_limit": {"a": 1}}, "fifo_throughput_limit", "wrong-argument"),
        (
            {"kms_data_key_reuse_period_seconds": {"jsonencode": 1}},
            "kms_data_key_reuse_period_seconds",
            "wrong-argument",
        ),
        (
            {"kms_data_key_reuse_period_seconds": var("key")},
            "kms_data_key_reuse_period_seconds/var",
            "type-mismatch",
        ),
        ({"fifo_throughput_limit": var("blocks")}, "fifo_throughput_limit/var", "type-mismatch"),
        ({"fifo_throughput_limit": var("none")}, "fifo_throughput_limit/var", "unknown-variable"),
        (
            {"fifo_throughput_limit": ref("no.arn")},
            "fifo_throughput_limit/ref",
            "unknown-component",
        ),
        ({"fifo_throughput_limit": ref("jobs")}, "fifo_throughput_limit/ref", "wrong-form"),
        ({"fifo_throughput_limit": {"join": []}}, "fifo_throughput_limit/join", "too-few"),
        ({"fifo_throughput_limit": {"join": [1]}}, "fifo_throughput_limit/join/0", "wrong-type"),
        ({"name": "mine"}, "name", "locked-argument"),
        ({"max_message_size": 2048}, "max_message_size", "locked-argument"),
        ({"kms_master_key_id": var("key")}, "kms_master_key_id", "locked-argument"),
        ({"tags": {"a": "b"}}, "tags", "locked-argument"),
        ({"policy": "{}"}, "policy", "locked-argument"),
        ({"sqs_managed_sse_enabled": False}, "sqs_managed_sse_enabled", "locked-argument"),
        ({"timeouts": "5m"}, "timeouts", "wrong-argument"),
        ({"timeouts": [{"create": "5m"}]}, "timeouts", "wrong-argument"),
        ({"timeouts": {"creat": "5m"}}, "timeouts/creat", "unknown-argument"),
        ({"provisioner": {"local-exec": {}}}, "provisioner", "unknown-argument"),
        ({"lifecycle": {}}, "lifecycle", "unknown-argument"),
        ({"count": 3}, "count", "unknown-argument"),
        ({"depends_on": []}, "depends_on", "unknown-argument"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_refused_where_it_stands(
    arguments: Json, place: str, code: str
) -> None:
    expected = f"/components/0/overrides/aws/aws_sqs_queue/{place}"
    assert (expected, code) in places(overridden(**arguments))


@pytest.mark.parametrize(
    ("overrides", "place", "code"),
    [
        ({"aws": {"aws_vpc": {}}}, "/aws/aws_vpc", "unknown-resource"),
        ({"aws": {"aws_lamp": {}}}, "/aws/aws_lamp", "unknown-resource"),
        ({"azure": {"aws_sqs_queue": {}}}, "/azure/aws_sqs_queue", "unknown-resource"),
        ({"oracle": {}}, "/oracle", "wrong-name"),
        ({"aws": {"aws_sqs_queue": 1}}, "/aws/aws_sqs_queue", "wrong-type"),
        ({"aws": []}, "/aws", "wrong-type"),
    ],
)
def test_only_what_a_component_becomes_can_be_overridden(
    overrides: Any, place: str, code: str
) -> None:
    assert (f"/components/0/overrides{place}", code) in places(queue(overrides=overrides))


def test_other_clouds_overrides_are_checked_and_left_out() -> None:
    both = queue(overrides={"azure": {"azurerm_servicebus_queue": {"max_delivery_count": 3}}})
    assert dict(validate(both).component("jobs").overrides) == {}
    wrong = queue(overrides={"azure": {"azurerm_servicebus_queue": {"max_delivery_count": "x"}}})
    assert only_problem(wrong).code == "wrong-argument"


def test_resources_that_are_all_about_access_take_no_overrides() -> None:
    role = part("r", "role", trusted_service="function")
    closed = {**role, "overrides": {"aws": {"aws_iam_role_policy": {"policy": "{}"}}}}
    assert only_problem(document(closed)).code == "locked-argument"
    described: Json = {"aws": {"aws_iam_role_policy_attachment": {}}}
    assert only_problem(document(role | {"overrides": described})).code == "locked-argument"
    bounded = {**role, "overrides": {"aws": {"aws_iam_role": {"permissions_boundary": "arn:x"}}}}
    assert problems(document(bounded)) == ()


@pytest.mark.parametrize(
    ("component", "resource"),
    [
        (part("main", "network", cidr="10.0.0.0/16"), "aws_default_security_group"),
        (CLUSTER, "aws_eks_pod_identity_association"),
        (CLUSTER, "aws_eks_access_policy_association"),
    ],
)
def test_what_ties_rights_is_closed_also_where_its_schema_is_not_known(
    component: Json, resource: str
) -> None:
    assert provider_schemas.resource("aws", resource) is None
    around = network_with_subnets("around")
    overrides = {**component, "overrides": {"aws": {resource: {"tags": {}}}}}
    assert places(document(overrides, *around)) == [
        (f"/components/0/overrides/aws/{resource}", "locked-argument")
    ]
    ignores = {**component, "lifecycle": {"ignore_changes": [f"{resource}.ingress"]}}
    assert places(document(ignores, *around)) == [
        ("/components/0/lifecycle/ignore_changes/0", "locked-argument")
    ]
    elsewhere = queue(overrides={"aws": {resource: {}}})
    assert only_problem(elsewhere).code == "unknown-resource"


def test_a_resource_without_a_schema_is_not_suggested_for_itself() -> None:
    subnets = [ref("main-a"), ref("main-b")]
    data = part("data", "database", engine="postgres", subnets=subnets, managed_password=True)
    data["overrides"] = {"aws": {"random_id": {"byte_length": 4}}}
    problem = only_problem(document(data, *network_with_subnets()))
    assert problem.code == "unknown-resource"
    assert '"random_id"?' not in problem.message


@pytest.mark.parametrize("name", ["encrypted", "http_tokens"])
def test_protection_is_locked_in_nested_blocks_too(name: str) -> None:
    block = {"encrypted": "root_block_device", "http_tokens": "metadata_options"}[name]
    machine = part("m", "compute_instance", size="small", image="debian-12", subnet=ref("s"))
    machine["overrides"] = {"aws": {"aws_instance": {block: {name: False}}}}
    found = places(document(machine))
    assert (f"/components/0/overrides/aws/aws_instance/{block}/{name}", "locked-argument") in found


def test_what_protects_an_added_block_is_locked_and_what_it_adds_is_not() -> None:
    machine = part("m", "compute_instance", size="small", image="debian-12", subnet=ref("main-a"))
    disk = {"device_name": "/dev/sdf", "volume_size": 50}
    tuned = {
        "metadata_options": {"http_put_response_hop_limit": 2},
        "root_block_device": {"volume_type": "io2"},
        "ebs_block_device": [disk],
    }
    around = network_with_subnets()
    machine["overrides"] = {"aws": {"aws_instance": tuned}}
    assert problems(document(machine, *around)) == ()
    wrong = {
        "root_block_device": {"volume_size": 9},
        "ebs_block_device": [disk, {"kms_key_id": "x"}],
    }
    machine["overrides"] = {"aws": {"aws_instance": wrong}}
    place = "/components/0/overrides/aws/aws_instance"
    assert sorted(places(document(machine, *around))) == [
        (f"{place}/ebs_block_device/1/kms_key_id", "locked-argument"),
        (f"{place}/root_block_device/volume_size", "locked-argument"),
    ]


@pytest.mark.parametrize(
    ("resource", "argument"),
    [
        ("aws_apigatewayv2_api", "credentials_arn"),
        ("aws_apigatewayv2_api", "target"),
        ("aws_cloudwatch_event_target", "arn"),
        ("aws_db_instance", "engine"),
        ("aws_db_instance", "iam_database_authentication_enabled"),
        ("aws_db_instance", "kms_key_id"),
        ("aws_db_instance", "port"),
        ("aws_db_instance", "replicate_source_db"),
        ("aws_db_instance", "snapshot_identifier"),
        ("aws_lambda_event_source_mapping", "event_source_arn"),
        ("aws_lb_listener", "certificate_arn"),
        ("aws_lb_listener", "default_action"),
        ("aws_lb_listener", "protocol"),
        ("aws_s3_bucket_notification", "queue"),
    ],
)
def test_what_decides_wiring_or_protection_is_locked(resource: str, argument: str) -> None:
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    assert argument in {*body.arguments, *body.blocks}
    assert locked.reason(resource, (argument,))


@pytest.mark.parametrize(
    ("resource", "argument"),
    [
        ("aws_db_instance", "backup_window"),
        ("aws_db_instance", "storage_type"),
        ("aws_lb", "access_logs"),
        ("aws_lb_listener", "tcp_idle_timeout_seconds"),
        ("aws_s3_bucket", "object_lock_enabled"),
    ],
)
def test_what_no_property_says_can_be_tuned(resource: str, argument: str) -> None:
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    assert argument in {*body.arguments, *body.blocks}
    assert locked.reason(resource, (argument,)) is None


def test_lifecycle_is_read_by_resource_type() -> None:
    ignored = ["aws_sqs_queue.delay_seconds", "aws_sqs_queue.tags"]
    text = {"prevent_destroy": True, "ignore_changes": ignored}
    found = validate(queue(lifecycle=text)).component("jobs").lifecycle
    assert found.prevent_destroy
    assert dict(found.ignore_changes) == {"aws_sqs_queue": ("delay_seconds", "tags")}


def test_no_change_of_what_only_opens_or_ties_is_ignored() -> None:
    files = part("files", "object_storage")
    files["lifecycle"] = {"ignore_changes": ["aws_s3_bucket_policy.policy"]}
    assert only_problem(document(files)).code == "locked-argument"
    key = part("key", "raw", resource="aws_kms_key")
    key["lifecycle"] = {"ignore_changes": ["aws_kms_key.policy"]}
    assert only_problem(document(key)).code == "locked-argument"
    key["lifecycle"] = {"ignore_changes": ["aws_kms_key.description"]}
    assert not problems(document(key))


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


@pytest.mark.parametrize(
    ("lifecycle", "place", "code"),
    [
        ({"prevent_destroy": "yes"}, "prevent_destroy", "wrong-type"),
        ({"prevent": True}, "prevent", "unknown-property"),
        ({"ignore_changes": ["delay_seconds"]}, "ignore_changes/0", "wrong-form"),
        ({"ignore_changes": ["aws_sqs_queue.arn"]}, "ignore_changes/0", "unknown-argument"),
        ({"ignore_changes": ["aws_sqs_queue.id"]}, "ignore_changes/0", "unknown-argument"),
        ({"ignore_changes": ["aws_sqs_queue.policy"]}, "ignore_changes/0", "locked-argument"),
        ({"ignore_changes": ["aws_sqs_queue.name"]}, "ignore_changes/0", "locked-argument"),
        (
            {"ignore_changes": ["aws_sqs_queue.sqs_managed_sse_enabled"]},
            "ignore_changes/0",
            "locked-argument",
        ),
        ({"ignore_changes": ["aws_vpc.cidr_block"]}, "ignore_changes/0", "unknown-resource"),
        ({"ignore_changes": ["aws_sqs_queue.name] }"]}, "ignore_changes/0", "wrong-form"),
    ],
)
def test_a_wrong_lifecycle_is_refused_where_it_stands(
    lifecycle: Json, place: str, code: str
) -> None:
    assert (f"/components/0/lifecycle/{place}", code) in places(queue(lifecycle=lifecycle))


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


def test_each_override_is_a_difference_of_its_own() -> None:
    (change,) = diff(
        overridden(kms_data_key_reuse_period_seconds=1),
        overridden(kms_data_key_reuse_period_seconds=2),
    )
    assert (change.subject, change.id) == ("component", "jobs")
    assert change.pointer == "/overrides/aws/aws_sqs_queue/kms_data_key_reuse_period_seconds"


def test_resources_that_nobody_knows_are_not_remembered() -> None:
    body_of = provider_schemas.resource
    assert body_of("aws", "aws_instance") is not None
    before = provider_schemas._resource.cache_info().currsize  # noqa: SLF001  # what it keeps
    assert body_of("aws", "aws_nothing") is body_of("no cloud", "aws_instance") is None
    assert provider_schemas._resource.cache_info().currsize == before  # noqa: SLF001  # likewise


@pytest.mark.parametrize("cloud", ["aws", "azure", "google"])
def test_the_schemas_of_every_cloud_can_be_read(cloud: str) -> None:
    names = provider_schemas.resource_types(cloud)
    assert len(names) > 100
    assert all(provider_schemas.resource(cloud, name) for name in names)
    assert provider_schemas.versions(cloud)


def test_what_has_to_be_there_is_not_null() -> None:
    def topic(**arguments: Any) -> list[tuple[str, str]]:
        given = {"endpoint": "a", "protocol": "sqs", "topic_arn": "b", **arguments}
        variables = {"note": {"type": "string", "nullable": True}}
        return places(raw("aws_sns_topic_subscription", **given) | {"variables": variables})

    arguments = "/components/0/properties/arguments"
    assert topic(protocol=var("note")) == [(f"{arguments}/protocol/var", "type-mismatch")]
    assert topic(filter_policy=var("note")) == []
