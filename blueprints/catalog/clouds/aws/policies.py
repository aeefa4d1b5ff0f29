"""IAM policies: what AWS calls the access that documents give, and how they are put together.

A resource is whatever stands for its ARN: a reference where code is generated, the longest ARN that
it can have where a document is checked. So what is counted is what is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Statement = Mapping[str, Any]

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_CHARACTERS = 10_240
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
_VERSION = "2012-10-17"
ACCESS = ("reads", "writes", "invokes")
EFFECTS = {"allow": "Allow", "deny": "Deny"}
_READ_QUEUE = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
)
# By access and type; of each: what of the component is named, and what may be done to that.
_ACTIONS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("reads", "object_storage"): {
        "arn": ("s3:ListBucket",),
        "objects": ("s3:GetObject", "s3:GetObjectVersion"),
        "key": ("kms:Decrypt",),
    },
    ("writes", "object_storage"): {
        "arn": ("s3:ListBucket",),
        "objects": ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
        "key": ("kms:Decrypt", "kms:GenerateDataKey"),
    },
    ("reads", "queue"): {"arn": _READ_QUEUE},
    ("writes", "queue"): {
        "arn": ("sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
    },
    ("reads", "secret"): {
        "arn": ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"),
    },
    ("invokes", "function"): {"arn": ("lambda:InvokeFunction",)},
}
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_NETWORK_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


def actions(access: str, component_type: str) -> Mapping[str, tuple[str, ...]]:
    """Return what a kind of access allows, by what of the component it names.

    Args:
        access: one of ``ACCESS``.
        component_type: of what is accessed; nothing is allowed to types without such access.

    Returns:
        Actions for ``arn``, the component itself, and of buckets for their ``objects`` and the
        ``key`` that they may have.
    """
    return _ACTIONS.get((access, component_type), {})


def access_statements(allowed: Iterable[tuple[tuple[str, ...], Any]]) -> Iterator[Statement]:
    """Say in one statement each what may be done to all resources that allow the same."""
    resources: dict[tuple[str, ...], dict[Any, None]] = {}
    for names, resource in allowed:
        resources.setdefault(names, {})[resource] = None
    for names, found in resources.items():
        yield statement(names, *found)


def runtime_statements(log: Any, queues: tuple[Any, ...], *, in_network: bool) -> list[Statement]:
    """Say what a function needs in order to run at all, whatever else its role allows.

    Args:
        log: where it writes.
        queues: whose messages it handles.
        in_network: whether it has interfaces in subnets.
    """
    statements = [statement(_LOG_ACTIONS, log)]
    if in_network:
        # AWS knows no narrower resource for these: the interfaces do not exist yet.
        statements.append(statement(_NETWORK_ACTIONS, "*"))
    if queues:
        statements.append(statement(_READ_QUEUE, *queues))
    return statements


def statement(
    names: Iterable[str], *resources: Any, effect: str = "Allow", **elements: Any
) -> Statement:
    """Build one statement; further elements, such as ``Condition``, go by keyword."""
    return {"Effect": effect, "Action": tuple(names), "Resource": tuple(resources), **elements}


def merged(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Say what is allowed alike in one statement: a role has room for few characters."""
    grouped: dict[str, tuple[Statement, dict[str, Any]]] = {}
    for each in statements:
        others = {name: item for name, item in each.items() if name != "Resource"}
        resources = each["Resource"]
        listed = resources if isinstance(resources, tuple) else (resources,)
        _, found = grouped.setdefault(repr(others), (others, {}))
        found.update({repr(resource): resource for resource in listed})
    return tuple(
        {**others, "Resource": tuple(found.values())} for others, found in grouped.values()
    )


def document(statements: Iterable[Statement]) -> Mapping[str, Any]:
    """Build a policy out of statements."""
    return {"Version": _VERSION, "Statement": tuple(statements)}
