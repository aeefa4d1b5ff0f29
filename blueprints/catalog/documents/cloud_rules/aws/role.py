"""IAM."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.partitions import partition_fault
from blueprints.catalog.clouds.aws.policies import MOST_CHARACTERS
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem, quoted

from . import policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_REFERENCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+", re.IGNORECASE)
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+")
_POLICY = re.compile(r"arn:[a-z-]+:iam::(?:aws|[0-9]{12}):policy/[!-~]+")


def _statement(**members: Any) -> dict[str, Any]:
    return {"statements": [{"actions": ["s3:GetObject"], "resources": ["*"], **members}]}


@rule(
    "aws-role/action",
    limit="Actions are a service and an action with a colon between, or *.",
    source=f"{_REFERENCE}/reference_policies_elements_action.html",
    accepted=(
        Example(_statement(actions=["*"])),
        Example(_statement(actions=["s3:Get*", "execute-api:Invoke"])),
    ),
    refused=(
        Example(_statement(actions=["GetObject"]), "/statements/0/actions/0"),
        Example(_statement(actions=["s3:Get*", "s3:"]), "/statements/0/actions/1"),
        Example(_statement(actions=["storage.objects.get"]), "/statements/0/actions/0"),
    ),
)
def action(role: Subject) -> Iterator[Problem]:
    """Every action has the form that IAM reads."""
    for index, statement in enumerate(role.listed("statements")):
        for place, value in enumerate(statement["actions"]):
            if isinstance(value, str) and not _ACTION.fullmatch(value):
                message = f"{quoted(value)} is no action of IAM: write it like s3:GetObject."
                yield Problem.error(("statements", index, "actions", place), message)


@rule(
    "aws-role/resource",
    limit="Resources are ARNs of the region's partition, or *.",
    source=f"{_REFERENCE}/reference_policies_elements_resource.html",
    accepted=(
        Example(_statement(resources=["arn:aws:s3:::reports/*", {"ref": "box.arn"}])),
        Example(_statement(resources=["arn:aws-us-gov:s3:::reports/*"]), region="us-gov-west-1"),
        Example(_statement(resources=["arn:*:s3:::reports/*"])),
    ),
    refused=(
        Example(_statement(resources=["reports/*"]), "/statements/0/resources/0"),
        Example(_statement(resources=["arn:aws:s3"]), "/statements/0/resources/0"),
        Example(
            _statement(resources=["arn:aws:s3:::reports/*"]),
            "/statements/0/resources/0",
            region="cn-north-1",
        ),
    ),
)
def resource(role: Subject) -> Iterator[Problem]:
    """Every resource is a name that IAM reads, in the partition where the role is."""
    for index, statement in enumerate(role.listed("statements")):
        for place, value in enumerate(statement["resources"]):
            if isinstance(value, str) and (message := _resource_fault(value, role.region)):
                yield Problem.error(("statements", index, "resources", place), message)


def _resource_fault(arn: str, region: str) -> str:
    if not _RESOURCE.fullmatch(arn):
        return f'{quoted(arn)} is no resource of IAM: write an ARN, or "*" for everything.'
    return partition_fault(arn, region)


@rule(
    "aws-role/managed-policy",
    limit="Managed policies are named by ARNs of the region's partition.",
    source=f"{_REFERENCE}/access_policies_managed-vs-inline.html",
    accepted=(
        Example({"managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}),
        Example({"managed_policies": ["arn:aws:iam::111122223333:policy/team/Deploy"]}),
    ),
    refused=(
        Example({"managed_policies": ["ReadOnlyAccess"]}, "/managed_policies/0"),
        Example(
            {"managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
            "/managed_policies/0",
            region="us-gov-east-1",
        ),
    ),
)
def managed_policy(role: Subject) -> Iterator[Problem]:
    """Every policy has a name that IAM finds."""
    for index, arn in enumerate(role.listed("managed_policies")):
        if not isinstance(arn, str):
            continue
        if not _POLICY.fullmatch(arn):
            message = (
                f"{quoted(arn)} names no policy: write its ARN, such as "
                "arn:aws:iam::aws:policy/ReadOnlyAccess."
            )
            yield Problem.error(("managed_policies", index), message)
        elif message := partition_fault(arn, role.region):
            yield Problem.error(("managed_policies", index), message)


def _buckets(count: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"id": f"storage-of-department-{number:02}", "type": "object_storage", "properties": {}}
        for number in range(count)
    )


def _access(count: int, *properties: str) -> dict[str, Any]:
    return {name: [{"ref": bucket["id"]} for bucket in _buckets(count)] for name in properties}


def _reading(count: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"from": "it", "to": bucket["id"], "type": "reads_from"} for bucket in _buckets(count)
    )


def policy_size(holder: Subject) -> Iterator[Problem]:
    """What the role may do fits into it, with names as long as they can get."""
    if "role" in holder.properties or "node_role" in holder.properties:
        return  # it is counted with that role
    size = policies.size(holder)
    if size > MOST_CHARACTERS:
        message = (
            f"What this role may do takes about {size} characters, and the policies of a role "
            f"have at most {MOST_CHARACTERS}: name fewer components, or divide it into several "
            "roles."
        )
        yield Problem.error((), message)


_POLICY_SIZE: dict[str, Any] = {
    "limit": "All policies inside a role together have at most 10,240 characters, spaces apart.",
    "source": f"{_REFERENCE}/reference_iam-quotas.html",
}
_OF_MANY_BUCKETS: dict[str, Any] = {
    **_POLICY_SIZE,
    "accepted": (Example({}, beside=_buckets(45), relations=_reading(45)),),
    "refused": (Example({}, beside=_buckets(90), relations=_reading(90)),),
}
RULES = (
    action,
    resource,
    managed_policy,
    rule(
        "aws-role/policy-size",
        **_POLICY_SIZE,
        accepted=(
            Example(_access(50, "reads"), beside=_buckets(50)),
            Example(_access(25, "reads", "writes"), beside=_buckets(25)),
        ),
        refused=(
            Example(_access(50, "reads", "writes"), beside=_buckets(50)),
            Example(_statement(resources=[f"arn:aws:s3:::{'x' * 1000}{n}" for n in range(11)])),
        ),
    )(policy_size),
    rule("aws-function/policy-size", **_OF_MANY_BUCKETS)(policy_size),
    rule("aws-container-cluster/policy-size", **_OF_MANY_BUCKETS)(policy_size),
)

LIMITS = (
    Limit("role", "Descriptions have at most 1,000 characters of Latin-1.", "the type: 512 ASCII"),
    Limit("role", "At most 10 managed policies on a role (a quota).", "the type"),
    Limit("role", "Names have at most 64 characters.", "the generated names"),
    Limit(
        "role", "Trust policies have at most 2,048 characters.", "the generated code: one service"
    ),
    Limit("role", "1,000 roles in an account (a quota).", "nothing: accounts differ"),
)
