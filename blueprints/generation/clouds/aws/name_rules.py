"""What AWS demands of the names of each kind of resource, and among which others they are unique.

The stack is checked against it when it is built; the tests check that every name is legal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from blueprints.catalog import prefixes
from blueprints.catalog.component_types.resources import name_place
from blueprints.generation.ir import Template, Value, VariableReference
from iac_platform.common.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.catalog.documents import Provider
    from blueprints.generation.ir import Node, Stack

_DOCS = "https://docs.aws.amazon.com"
#: What the provider appends to an argument that ends in ``_prefix``.
RANDOM_SUFFIX = 26
#: Stands for the prefix where names are compared: no name that somebody gives has it.
_NO_TEXT = "\0"
_NO_KEYS: Mapping[str, str] = MappingProxyType({})
_HYPHENATED = "[a-z]([a-z0-9]|-(?=[a-z0-9]))*"


class NameCollision(DomainError):
    """Two components would get one name in the cloud."""

    code = "name-collision"
    title = "Two resources would have the same name"
    kind = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class NameRule:
    """The rule for one kind of resource.

    Attributes:
        limit: the most characters.
        source: where AWS says so.
        pattern: what a whole name must match.
        argument: which argument of the resource holds its name.
        scope: arguments within whose values names are unique; none for the whole account.
        prefix: the argument that holds only the beginning of a name, if there is one.
    """

    limit: int
    source: str
    pattern: str = "[A-Za-z0-9_-]+"
    argument: str = "name"
    scope: tuple[str, ...] = field(default=())
    prefix: str = "name_prefix"


_IAM = f"{_DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html"
_IAM_NAME = r"[\w+=,.@-]+"
_ELB = f"{_DOCS}/elasticloadbalancing/latest/APIReference"
_ELB_NAME = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_RDS = f"{_DOCS}/AmazonRDS/latest/APIReference"
_SCALING = f"{_DOCS}/autoscaling/ec2/APIReference"
_CACHE = f"{_DOCS}/AmazonElastiCache/latest/APIReference"
_EKS = f"{_DOCS}/eks/latest/APIReference"
_EC2 = f"{_DOCS}/AWSEC2/latest/APIReference"

RULES: Mapping[str, NameRule] = {
    "aws_autoscaling_group": NameRule(255, f"{_SCALING}/API_CreateAutoScalingGroup.html"),
    "aws_autoscaling_policy": NameRule(
        255, f"{_SCALING}/API_PutScalingPolicy.html", scope=("autoscaling_group_name",)
    ),
    "aws_cloudwatch_event_rule": NameRule(
        64, f"{_DOCS}/eventbridge/latest/APIReference/API_PutRule.html", r"[.\w-]+"
    ),
    "aws_cloudwatch_log_group": NameRule(
        512,
        f"{_DOCS}/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
        r"[.\w/#-]+",
    ),
    "aws_db_instance": NameRule(
        63, f"{_RDS}/API_CreateDBInstance.html", _HYPHENATED, "identifier", (), "identifier_prefix"
    ),
    "aws_db_parameter_group": NameRule(255, f"{_RDS}/API_CreateDBParameterGroup.html", _HYPHENATED),
    "aws_db_subnet_group": NameRule(255, f"{_RDS}/API_CreateDBSubnetGroup.html", "[a-z0-9_. -]+"),
    "aws_eks_cluster": NameRule(100, f"{_EKS}/API_CreateCluster.html", "[A-Za-z0-9][A-Za-z0-9_-]*"),
    "aws_eks_node_group": NameRule(
        63,
        f"{_EKS}/API_CreateNodegroup.html",
        "[A-Za-z0-9][A-Za-z0-9_-]*",
        "node_group_name",
        ("cluster_name",),
        "node_group_name_prefix",
    ),
    "aws_elasticache_cluster": NameRule(
        50, f"{_CACHE}/API_CreateCacheCluster.html", _HYPHENATED, "cluster_id", (), ""
    ),
    "aws_elasticache_replication_group": NameRule(
        40,
        f"{_CACHE}/API_CreateReplicationGroup.html",
        _HYPHENATED,
        "replication_group_id",
        (),
        "",
    ),
    "aws_elasticache_subnet_group": NameRule(
        255, f"{_CACHE}/API_CreateCacheSubnetGroup.html", "[A-Za-z0-9-]+"
    ),
    "aws_iam_instance_profile": NameRule(128, _IAM, _IAM_NAME),
    "aws_iam_role": NameRule(64, _IAM, _IAM_NAME),
    "aws_iam_role_policy": NameRule(128, _IAM, _IAM_NAME, scope=("role",)),
    "aws_lambda_function": NameRule(
        64, f"{_DOCS}/lambda/latest/api/API_CreateFunction.html", argument="function_name"
    ),
    "aws_launch_template": NameRule(
        128, f"{_EC2}/API_CreateLaunchTemplate.html", r"[A-Za-z0-9().\-/_]{3,}"
    ),
    "aws_lb": NameRule(32, f"{_ELB}/API_CreateLoadBalancer.html", _ELB_NAME),
    "aws_lb_target_group": NameRule(32, f"{_ELB}/API_CreateTargetGroup.html", _ELB_NAME),
    "aws_s3_bucket": NameRule(
        63,
        f"{_DOCS}/AmazonS3/latest/userguide/bucketnamingrules.html",
        "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "bucket",
        (),
        "bucket_prefix",
    ),
    "aws_secretsmanager_secret": NameRule(
        512,
        f"{_DOCS}/secretsmanager/latest/apireference/API_CreateSecret.html",
        r"[\w/+=.@-]+",
    ),
    "aws_security_group": NameRule(
        255,
        f"{_EC2}/API_CreateSecurityGroup.html",
        r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+",
        scope=("vpc_id",),
    ),
    "aws_sqs_queue": NameRule(
        80,
        f"{_DOCS}/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
        r"[\w-]+(\.fifo)?",
    ),
}


_Placed = tuple["Node", tuple[str, ...], str]
_NO_MODULES: Mapping[str, Stack] = MappingProxyType({})


def written(
    value: Value, prefix: str = "p" * prefixes.MAX_PREFIX, keys: Mapping[str, str] = _NO_KEYS
) -> str | None:
    """Return a name as it is with the longest prefix; None where it is known only later.

    Args:
        value: of the argument that holds it.
        prefix: what stands for the prefix.
        keys: what stands for the key or number of an instance; without it, that is known later.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, Template):
        return None
    parts = [_written_part(part, prefix, keys) for part in value.parts]
    return None if None in parts else "".join(map(str, parts))


def _written_part(part: object, prefix: str, keys: Mapping[str, str]) -> str | None:
    if isinstance(part, VariableReference):
        return prefix if part.own else keys.get(f"{part.scope}.{part.name}")
    return part if isinstance(part, str) else None


def require_names_of_their_own(
    nodes: Iterable[Node],
    providers: Mapping[str, Provider],
    modules: Mapping[str, Stack] = _NO_MODULES,
) -> None:
    """Refuse a stack in which two resources of one kind would have the same name.

    Names are made so that it cannot be, but for two hashes that are equal by chance.

    Args:
        nodes: all of a stack, with the names that they make.
        providers: what the document says of those that the nodes name.
        modules: the stacks of its modules, by component.

    Raises:
        NameCollision: naming both components.
    """
    taken: dict[tuple[object, ...], Node] = {}
    for node, key in _keys(_placed(nodes, modules), providers):
        other = taken.setdefault(key, node)
        if other is not node:
            mine, theirs = node.address.component, other.address.component
            raise NameCollision(
                f"{mine} and {theirs} would both have the same name as {node.address.type}. "
                "Give one of them another id, or another name where the blueprint sets it.",
                components=sorted({mine, theirs}),
            )


def _placed(
    nodes: Iterable[Node],
    modules: Mapping[str, Stack],
    within: tuple[str, ...] = (),
    provider: str = "",
) -> Iterator[_Placed]:
    """Yield all nodes with the modules that they lie in, and the provider that makes them."""
    for node in nodes:
        maker = node.provider or provider
        yield node, within, maker
        if node.address.kind == "module":
            name = node.address.component
            inner = modules[name]
            yield from _placed(inner.nodes, inner.modules, (*within, name), maker)


def _keys(
    placed: Iterable[_Placed], providers: Mapping[str, Provider]
) -> Iterator[tuple[Node, tuple[object, ...]]]:
    for node, within, provider in placed:
        made = node.address.kind == "resource"
        rule = RULES.get(node.address.type) if made else None
        name = written(node.arguments.get(rule.argument, ()), _NO_TEXT) if rule else None
        if rule and name is not None:
            made_by = providers[provider]
            region = made_by.region, made_by.region_variable
            place = name_place(node.address.type, region, made_by.account)
            named = (repr(node.arguments.get(argument)) for argument in rule.scope)
            # An address means another node in each module.
            scope = (within, *named) if rule.scope else ()
            # IAM, RDS and others compare names without case; ours have none to lose.
            yield node, (node.address.type, place, *scope, name.lower())
