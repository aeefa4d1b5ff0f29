"""Overrides and lifecycle: each fault is refused where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog import provider_schemas
from blueprints.catalog.documents import (
    Arguments,
    Join,
    JsonEncode,
    Var,
    diff,
    validate,
)

from .builders import (
    Json,
    document,
    network_with_subnets,
    only_problem,
    part,
    places,
    ref,
    var,
)
from .provider_term_builders import overridden, queue


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


def test_a_resource_without_a_schema_is_not_suggested_for_itself() -> None:
    subnets = [ref("main-a"), ref("main-b")]
    data = part("data", "database", engine="postgres", subnets=subnets, managed_password=True)
    data["overrides"] = {"aws": {"random_id": {"byte_length": 4}}}
    problem = only_problem(document(data, *network_with_subnets()))
    assert problem.code == "unknown-resource"
    assert '"random_id"?' not in problem.message


def test_lifecycle_is_read_by_resource_type() -> None:
    ignored = ["aws_sqs_queue.delay_seconds", "aws_sqs_queue.tags"]
    text = {"prevent_destroy": True, "ignore_changes": ignored}
    found = validate(queue(lifecycle=text)).component("jobs").lifecycle
    assert found.prevent_destroy
    assert dict(found.ignore_changes) == {"aws_sqs_queue": ("delay_seconds", "tags")}


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
