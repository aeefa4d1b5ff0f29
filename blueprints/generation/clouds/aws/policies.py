"""IAM policies as values: documents whose resources are references, not pasted names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws import policies
from blueprints.catalog.clouds.aws.partitions import dns_suffix
from blueprints.generation.ir import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprints.generation.clouds.aws.mapping import Context
    from blueprints.generation.ir import Value

PODS = "pods.eks"


def policy(*statements: Mapping[str, Value]) -> Json:
    """Build a policy document out of statements."""
    return Json(policies.document(statements))


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
    region = context.known_region
    return f"{service}.{dns_suffix(region) if service == 'ec2' else 'amazonaws.com'}"
