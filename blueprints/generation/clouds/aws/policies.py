"""IAM policies as values: documents whose resources are references, not pasted names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws.partitions import dns_suffix
from blueprints.generation.ir import Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprints.generation.clouds.aws.mapping import Context
    from blueprints.generation.ir import Value

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
POLICY_VERSION = "2012-10-17"
PODS = "pods.eks"


def statement(
    actions: Iterable[str], *resources: Value, effect: str = "Allow", **elements: Value
) -> Mapping[str, Value]:
    """Build one statement; further elements, such as ``Condition``, go by keyword."""
    return {
        "Effect": effect,
        "Action": tuple(actions),
        "Resource": tuple(resources),
        **elements,
    }


def merged(statements: Iterable[Mapping[str, Value]]) -> tuple[Mapping[str, Value], ...]:
    """Say what is allowed alike in one statement: a role has room for 10,240 characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    grouped: dict[str, tuple[Mapping[str, Value], dict[str, Value]]] = {}
    for each in statements:
        others = {name: item for name, item in each.items() if name != "Resource"}
        resources = each["Resource"]
        listed = resources if isinstance(resources, tuple) else (resources,)
        _, found = grouped.setdefault(repr(others), (others, {}))
        found.update({repr(resource): resource for resource in listed})
    return tuple(
        {**others, "Resource": tuple(found.values())} for others, found in grouped.values()
    )


def policy(*statements: Mapping[str, Value]) -> Json:
    """Build a policy document out of statements."""
    return Json({"Version": POLICY_VERSION, "Statement": tuple(statements)})


def trust(service: str, context: Context) -> Json:
    """Build the policy that lets an AWS service act in a role.

    That of pods tells AWS who they are by the tags of the session.
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
    """
    tagging = ("sts:TagSession",) if service == PODS else ()
    return policy(
        {
            "Effect": "Allow",
            "Action": ("sts:AssumeRole", *tagging),
            "Principal": {"Service": (principal(service, context),)},
        }
    )


def principal(service: str, context: Context) -> str:
    """Return the name by which policies know a service; EC2 has another one in China.

    https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
    """
    region = context.document.region
    return f"{service}.{dns_suffix(region) if service == 'ec2' else 'amazonaws.com'}"
