"""What a cluster needs before work runs on it: add-ons, who administers it, and its identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import (
    Context,
    label,
    reference,
    resource,
    tags,
    value,
)
from blueprints.generation.ir import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Address, Node, Value

# https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
_BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
_ON_NODES = ("coredns",)
# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
_ADMINISTRATOR = "eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_TOKEN_AUDIENCE = "sts.amazonaws.com"  # noqa: S105 - a host, no secret
#: Administrators are entries of the cluster's own, not lines of a file inside it.
ACCESS = Block(
    "access_config",
    {
        "authentication_mode": "API_AND_CONFIG_MAP",
        "bootstrap_cluster_creator_admin_permissions": True,
    },
)


def identity_provider(component: Component) -> Node:
    """Build what lets pods act in roles by the tokens that the cluster gives them."""
    issuer = reference("aws_eks_cluster", component.id, "identity", 0, "oidc", 0, "issuer")
    arguments: dict[str, Value | None] = {
        "url": issuer,
        "client_id_list": (_TOKEN_AUDIENCE,),
        "tags": tags(component, "pods"),
    }
    return resource("aws_iam_openid_connect_provider", component, arguments)


def addons(component: Component, groups: tuple[Address, ...]) -> Iterator[Node]:
    """Build the add-ons that every cluster has: AWS updates them, and they start on nodes."""
    for name in _BEFORE_NODES:
        yield _addon(component, name, ())
    for name in _ON_NODES:
        yield _addon(component, name, groups)


def _addon(component: Component, name: str, depends_on: tuple[Address, ...]) -> Node:
    arguments: dict[str, Value | None] = {
        "cluster_name": reference("aws_eks_cluster", component.id, "name"),
        "addon_name": name,
        # A new cluster has them already, unmanaged.
        "resolve_conflicts_on_create": "OVERWRITE",
        "resolve_conflicts_on_update": "OVERWRITE",
        "tags": tags(component, name),
    }
    return resource("aws_eks_addon", component, arguments, part=name, depends_on=depends_on)


def pod_roles(component: Component) -> Iterator[Node]:
    """Build what lets pods of a service account act in a role, by the agent on their nodes."""
    for given in component.properties["pod_roles"]:
        arguments: dict[str, Value | None] = {
            "cluster_name": reference("aws_eks_cluster", component.id, "name"),
            "namespace": given["namespace"],
            "service_account": given["service_account"],
            "role_arn": reference("aws_iam_role", given["role"].component, "arn"),
            "tags": tags(component, "pods"),
        }
        part = naming.part(given["namespace"], given["service_account"])
        yield resource("aws_eks_pod_identity_association", component, arguments, part=part)


def administrators(component: Component, context: Context) -> Iterator[Node]:
    """Build an entry for each principal that administers the cluster."""
    for principal in component.properties["administrators"]:
        part = label(principal, context)
        entry: dict[str, Value | None] = {
            "cluster_name": reference("aws_eks_cluster", component.id, "name"),
            "principal_arn": value(principal, context),
            "tags": tags(component, "administrator"),
        }
        yield resource("aws_eks_access_entry", component, entry, part=part)
        policy: dict[str, Value | None] = {
            "cluster_name": reference("aws_eks_cluster", component.id, "name"),
            "principal_arn": reference(
                "aws_eks_access_entry", component.id, "principal_arn", part=part
            ),
            "policy_arn": f"arn:{context.partition()}:{_ADMINISTRATOR}",
        }
        scope = Block("access_scope", {"type": "cluster"})
        yield resource("aws_eks_access_policy_association", component, policy, (scope,), part=part)
