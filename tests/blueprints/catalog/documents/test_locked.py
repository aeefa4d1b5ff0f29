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


def test_no_change_of_what_only_opens_or_ties_is_ignored() -> None:
    files = part("files", "object_storage")
    files["lifecycle"] = {"ignore_changes": ["aws_s3_bucket_policy.policy"]}
    assert only_problem(document(files)).code == "locked-argument"
    key = part("key", "raw", resource="aws_kms_key")
    key["lifecycle"] = {"ignore_changes": ["aws_kms_key.policy"]}
    assert only_problem(document(key)).code == "locked-argument"
    key["lifecycle"] = {"ignore_changes": ["aws_kms_key.description"]}
    assert not problems(document(key))
