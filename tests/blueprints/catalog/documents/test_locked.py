"""What overrides cannot say: what the checks of a document rely on."""

from __future__ import annotations

import pytest

from blueprints.catalog import provider_schemas
from blueprints.catalog.documents import locked

from .builders import (
    Json,
    document,
    network_with_subnets,
    only_problem,
    part,
    places,
    problems,
    ref,
)
from .provider_term_builders import queue

CLUSTER = part(
    "c",
    "container_cluster",
    subnets=[ref("around-a"), ref("around-b")],
    node_groups=[{"name": "general"}],
)


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
        "ebs_block_device": [disk, {"device_name": "/dev/sdg", "kms_key_id": "x"}],
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
        ("aws_lb", "client_keep_alive"),
        ("aws_lb_listener", "tcp_idle_timeout_seconds"),
        ("aws_s3_bucket", "object_lock_enabled"),
    ],
)
def test_what_no_property_says_can_be_tuned(resource: str, argument: str) -> None:
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    assert argument in {*body.arguments, *body.blocks}
    assert locked.reason(resource, (argument,)) is None


def _machine(**added: object) -> Json:
    machine = part("m", "compute_instance", size="small", image="debian-12", subnet=ref("main-a"))
    machine["overrides"] = {"aws": {"aws_instance": added}}
    return document(machine, *network_with_subnets())


@pytest.mark.parametrize("value", [False, None, 1, "true", {"var": "x"}])
def test_an_added_disk_stays_encrypted(value: object) -> None:
    disk = {"device_name": "/dev/sdf", "volume_size": 50}
    assert problems(_machine(ebs_block_device=[{**disk, "encrypted": True}])) == ()
    place = "/components/0/overrides/aws/aws_instance/ebs_block_device/0/encrypted"
    refused = places(_machine(ebs_block_device=[{**disk, "encrypted": value}]))
    assert place in [pointer for pointer, _ in refused]


def test_an_added_block_says_all_that_it_must() -> None:
    place = "/components/0/overrides/aws/aws_instance/ebs_block_device/0"
    assert places(_machine(ebs_block_device=[{"volume_size": 50}])) == [(place, "missing-argument")]
    assert problems(_machine(root_block_device={"iops": 3000})) == ()


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ("aws_instance", ("ebs_block_device", "snapshot_id")),
        ("aws_lambda_function", ("layers",)),
        ("aws_lambda_function", ("logging_config", "log_group")),
        ("aws_lambda_function", ("replacement_security_group_ids",)),
        ("aws_lambda_function", ("replace_security_groups_on_destroy",)),
        ("aws_cloudwatch_event_target", ("run_command_targets",)),
        ("aws_eks_addon", ("service_account_role_arn",)),
        ("aws_lb_listener", ("routing_http_response_access_control_allow_origin_header_value",)),
        ("aws_route53_record", ("weighted_routing_policy",)),
    ],
)
def test_what_refers_to_others_is_known_by_its_name(resource: str, names: tuple[str, ...]) -> None:
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    for block in names[:-1]:
        body = body.blocks[block]
    assert names[-1] in {*body.arguments, *body.blocks}
    assert locked.reason(resource, names)


@pytest.mark.parametrize(
    ("resource", "block"),
    [
        ("aws_lambda_function", "dead_letter_config"),
        ("aws_lb", "access_logs"),
        ("aws_s3_bucket", "logging"),
    ],
)
def test_a_block_is_locked_that_cannot_be_without_what_is(resource: str, block: str) -> None:
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    assert locked.reason_of_added(body.blocks[block])


def test_a_dead_letter_block_is_refused_even_when_it_says_nothing() -> None:
    source = {"bucket": ref("packages"), "key": "f.zip"}
    function = part("f", "function", runtime="python3.13", handler="a.b", source=source)
    function["overrides"] = {"aws": {"aws_lambda_function": {"dead_letter_config": {}}}}
    place = "/components/0/overrides/aws/aws_lambda_function/dead_letter_config"
    assert places(document(function, part("packages", "object_storage"))) == [
        (place, "locked-argument")
    ]


@pytest.mark.parametrize(
    "ignored",
    [
        "aws_instance.metadata_options",
        "aws_instance.root_block_device",
        "aws_instance.ebs_block_device",
        "aws_launch_template.metadata_options",
        "aws_launch_template.block_device_mappings",
        "aws_launch_template.network_interfaces",
        "aws_lb_listener.certificate_arn",
        "aws_lb_listener.default_action",
        "aws_lb_listener.port",
        "aws_lb_listener.protocol",
        "aws_lb_target_group.port",
        "aws_db_instance.parameter_group_name",
        "aws_s3_bucket_notification.lambda_function",
        "aws_s3_bucket_versioning.versioning_configuration",
        "aws_security_group.ingress",
    ],
)
def test_no_change_of_a_block_that_protects_or_ties_is_ignored(ignored: str) -> None:
    resource, _, argument = ignored.partition(".")
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    assert argument in {*body.arguments, *body.blocks}
    assert locked.reason_to_watch(resource, argument, body)


@pytest.mark.parametrize(
    "ignored",
    [
        "aws_autoscaling_group.max_size",
        "aws_autoscaling_group.tag",
        "aws_instance.user_data",
        "aws_lambda_function.environment",
        "aws_lambda_function.s3_key",
        "aws_launch_template.image_id",
        "aws_launch_template.tag_specifications",
        "aws_lb_target_group.health_check",
        "aws_lb_target_group.tags",
    ],
)
def test_what_others_change_can_be_ignored(ignored: str) -> None:
    resource, _, argument = ignored.partition(".")
    body = provider_schemas.resource("aws", resource)
    assert body is not None
    assert argument in {*body.arguments, *body.blocks}
    assert locked.reason_to_watch(resource, argument, body) is None


def test_no_change_of_what_only_opens_or_ties_is_ignored() -> None:
    files = part("files", "object_storage")
    files["lifecycle"] = {"ignore_changes": ["aws_s3_bucket_policy.policy"]}
    assert only_problem(document(files)).code == "locked-argument"
    key = part("key", "raw", resource="aws_kms_key")
    key["lifecycle"] = {"ignore_changes": ["aws_kms_key.policy"]}
    assert only_problem(document(key)).code == "locked-argument"
    key["lifecycle"] = {"ignore_changes": ["aws_kms_key.description"]}
    assert not problems(document(key))
