"""Every word that AWS enumerates is one of AWS's own: the models of botocore, the data of cfn-lint.

A schema says that an argument is text; only the service's own model says which texts there are.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

from blueprints.catalog.clouds.aws import machine_types
from blueprints.catalog.component_types import function
from blueprints.generation.clouds.aws.families.container_cluster import (
    _CLUSTER_POLICIES,
    _IMAGES,
    _LOGS,
    _NODE_POLICIES,
)
from blueprints.generation.clouds.aws.families.function import _RUNTIMES
from tests.blueprints.generation import documents, older_provider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.generation.ir import Block, Node, Value

REGION = "us-east-1"
# Arguments whose words AWS enumerates: the service, and the shape of its model that lists them.
ENUMERATED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("aws_apigatewayv2_api", "protocol_type"): ("apigatewayv2", "ProtocolType"),
    ("aws_autoscaling_policy", "predefined_metric_type"): ("autoscaling", "MetricType"),
    ("aws_eip", "domain"): ("ec2", "DomainType"),
    ("aws_eks_cluster", "enabled_cluster_log_types"): ("eks", "LogType"),
    ("aws_eks_node_group", "ami_type"): ("eks", "AMITypes"),
    ("aws_eks_node_group", "capacity_type"): ("eks", "CapacityTypes"),
    ("aws_eks_node_group", "instance_types"): ("ec2", "InstanceType"),
    ("aws_instance", "http_endpoint"): ("ec2", "InstanceMetadataEndpointState"),
    ("aws_instance", "http_tokens"): ("ec2", "HttpTokensState"),
    ("aws_instance", "instance_type"): ("ec2", "InstanceType"),
    ("aws_instance", "volume_type"): ("ec2", "VolumeType"),
    ("aws_lambda_function", "architectures"): ("lambda", "Architecture"),
    ("aws_lambda_function", "runtime"): ("lambda", "Runtime"),
    ("aws_lambda_function_url", "authorization_type"): ("lambda", "FunctionUrlAuthType"),
    ("aws_launch_template", "http_endpoint"): ("ec2", "InstanceMetadataEndpointState"),
    ("aws_launch_template", "http_tokens"): ("ec2", "HttpTokensState"),
    ("aws_launch_template", "instance_type"): ("ec2", "InstanceType"),
    ("aws_launch_template", "resource_type"): ("ec2", "ResourceType"),
    ("aws_launch_template", "volume_type"): ("ec2", "VolumeType"),
    ("aws_lb", "load_balancer_type"): ("elbv2", "LoadBalancerTypeEnum"),
    ("aws_lb_listener", "protocol"): ("elbv2", "ProtocolEnum"),
    ("aws_lb_listener", "status_code"): ("elbv2", "RedirectActionStatusCodeEnum"),
    ("aws_lb_target_group", "protocol"): ("elbv2", "ProtocolEnum"),
    ("aws_lb_target_group", "target_type"): ("elbv2", "TargetTypeEnum"),
    ("aws_route53_record", "type"): ("route53", "RRType"),
    ("aws_s3_bucket_lifecycle_configuration", "storage_class"): ("s3", "TransitionStorageClass"),
    ("aws_s3_bucket_lifecycle_configuration", "status"): ("s3", "ExpirationStatus"),
    ("aws_s3_bucket_ownership_controls", "object_ownership"): ("s3", "ObjectOwnership"),
    ("aws_s3_bucket_server_side_encryption_configuration", "sse_algorithm"): (
        "s3",
        "ServerSideEncryption",
    ),
    ("aws_s3_bucket_versioning", "status"): ("s3", "BucketVersioningStatus"),
}
# Actions of a listener are enumerated too, under a name that other blocks of the provider share.
LISTENER_ACTIONS = ("elbv2", "ActionTypeEnum")


@cache
def words(service: str, shape: str) -> frozenset[str]:
    """Return the words of a service's model."""
    model: Mapping[str, Any] = _model(service)
    return frozenset(model["shapes"][shape]["enum"])


@cache
def _model(service: str) -> Mapping[str, Any]:
    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    return model


def literals(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from literals(item)


def written(body: Node | Block, type_: str) -> Iterator[tuple[str, str, str]]:
    """Yield the texts of a node's arguments, with the type and the argument's name."""
    for name, value in body.arguments.items():
        yield from ((type_, name, text) for text in literals(value))
    for block in body.blocks:
        yield from written(block, type_)


def all_written() -> set[tuple[str, str, str]]:
    found = [documents.load(name) for name in documents.NAMES]
    found += filter(None, map(documents.chosen, documents.choices()))
    nodes = (n for document in found for n in documents.stack_of(document).nodes)
    return {entry for node in nodes for entry in written(node, node.address.type)}


def test_every_word_is_one_that_aws_knows() -> None:
    entries = [e for e in all_written() if e[:2] in ENUMERATED]
    assert {entry[:2] for entry in entries} == set(ENUMERATED)
    unknown = [e for e in entries if e[2] not in words(*ENUMERATED[e[0], e[1]])]
    assert unknown == []


def test_a_listener_does_what_listeners_do() -> None:
    actions = {
        text for type_, name, text in all_written() if (type_, name) == ("aws_lb_listener", "type")
    }
    assert actions
    assert actions <= words(*LISTENER_ACTIONS)


@pytest.mark.parametrize("runtime", function.RUNTIMES)
def test_every_runtime_is_one_of_lambdas(runtime: str) -> None:
    assert _RUNTIMES.get(runtime, runtime) in words("lambda", "Runtime")


@pytest.mark.parametrize("size", machine_types.neutral_sizes("ec2", REGION).values())
def test_every_size_of_a_machine_exists(size: str) -> None:
    assert size in words("ec2", "InstanceType")
    assert set(_IMAGES) <= words("eks", "AMITypes")
    assert set(_LOGS) == words("eks", "LogType")


@pytest.mark.parametrize(
    ("service", "type_", "name"),
    [
        ("rds", "aws_rds_dbinstance", "dbinstanceclass_enum"),
        ("elasticache", "aws_elasticache_cachecluster", "cachenodetype_enum"),
    ],
)
def test_every_size_of_a_store_exists(
    service: machine_types.Service, type_: str, name: str
) -> None:
    place = files("cfnlint") / "data" / "schemas" / "extensions" / type_ / f"{name}.json"
    known = place.read_text(encoding="utf-8")
    sizes = machine_types.neutral_sizes(service, REGION).values()
    assert [size for size in sizes if f'"{size}"' not in known] == []


def test_every_policy_that_aws_maintains_exists() -> None:
    from moto.iam.aws_managed_policies import (  # noqa: PLC0415  # megabytes; one test needs them
        aws_managed_policies_data,
    )

    known = json.loads(aws_managed_policies_data)
    names = {*_CLUSTER_POLICIES, *_NODE_POLICIES}
    assert names
    assert names <= known.keys()


def test_what_is_said_to_be_newer_than_the_older_provider_is_a_word_of_today() -> None:
    for key, newer in older_provider.NEWER_WORDS.items():
        texts = [word for word in newer if isinstance(word, str)]
        if key in ENUMERATED:
            assert set(texts) <= words(*ENUMERATED[key])
