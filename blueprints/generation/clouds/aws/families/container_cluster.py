"""Container clusters: EKS, with groups of nodes whose disks are encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.generation.clouds.aws import machines, naming
from blueprints.generation.clouds.aws.cluster_access import (
    ACCESS,
    addons,
    administrators,
    identity_provider,
    pod_roles,
)
from blueprints.generation.clouds.aws.families.compute import encrypted_disk, firewalls
from blueprints.generation.clouds.aws.families.network import way_out
from blueprints.generation.clouds.aws.families.object_storage import own_key
from blueprints.generation.clouds.aws.families.role import attachment, rights, role_policy
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    given,
    launched_tags,
    optional,
    reference,
    references,
    resource,
    tags,
    value,
)
from blueprints.generation.clouds.aws.policies import trust
from blueprints.generation.ir import Block, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Address, Node, Value

LONGEST_NAME = 100
LONGEST_ROLE_NAME = 64
LONGEST_GROUP_PREFIX = 37  # 63 without what the provider appends
LONGEST_TEMPLATE_NAME = 128
# https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
_CLUSTER_POLICIES = ("AmazonEKSClusterPolicy",)
_NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
)
_IMAGES = ("AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD")
_DEVICE = "/dev/xvda"  # where Amazon Linux 2023, the image of the nodes, has its system disk
# Pods are one hop further from the metadata service than the node that they run on.
_POD_METADATA = Block(
    "metadata_options",
    {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 2},
)


def container_cluster(component: Component, context: Context) -> Iterator[Node]:
    """Build the control plane, the roles that it and its nodes act in, and the node groups."""
    yield from _role(component, "control_plane", "eks", _CLUSTER_POLICIES, context)
    yield from _nodes_role(component, context)
    if component.properties["encrypted_secrets"]:
        yield own_key(component, f"Kubernetes secrets of {component.identity}")
    if component.properties["control_plane_logs"]:
        yield _logs(component)
    yield _control_plane(component, context)
    yield identity_provider(component)
    yield from administrators(component, context)
    yield from pod_roles(component)
    groups: list[Address] = []
    for group in component.properties["node_groups"]:
        for node in _node_group(component, group, context):
            groups += [node.address] if node.address.type == "aws_eks_node_group" else []
            yield node
    yield from addons(component, tuple(groups))


def _nodes_role(component: Component, context: Context) -> Iterator[Node]:
    """Build the role of the nodes, or give one that the document names what nodes need."""
    statements = tuple(rights(component, context))
    role_id, role_part = _nodes_role_place(component)
    if "node_role" in component.properties:
        yield from _node_policies(component, role_id, role_part, context)
    else:
        yield from _role(component, "nodes", "ec2", _NODE_POLICIES, context)
    if statements:
        yield role_policy(component, role_id, "access", *statements, role_part=role_part)


def _nodes_role_place(component: Component) -> tuple[str, str]:
    """Return where the nodes' role is: the component, and the part of it."""
    role = component.properties.get("node_role")
    return (role.component, "") if role else (component.id, "nodes")


def _node_policies(
    component: Component, role_id: str, role_part: str, context: Context
) -> Iterator[Node]:
    for name in _NODE_POLICIES:
        arn = context.managed_policy(name)
        yield attachment(component, role_id, arn, f"nodes_{name}", role_part=role_part)


def _role(
    component: Component, part: str, service: str, policies: tuple[str, ...], context: Context
) -> Iterator[Node]:
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_ROLE_NAME, suffix=part.replace("_", "-")),
        "assume_role_policy": trust(service, context),
        "tags": tags(component, part.replace("_", " ")),
    }
    yield resource("aws_iam_role", component, arguments, part=part)
    for name in policies:
        arn = context.managed_policy(name)
        yield attachment(component, component.id, arn, f"{part}_{name}", role_part=part)


def _attachments(component: Component, part: str, policies: tuple[str, ...]) -> tuple[Address, ...]:
    """Name what must exist while the cluster or a node does, or AWS cannot clean up after it."""
    return tuple(
        reference("aws_iam_role_policy_attachment", component.id, part=f"{part}_{name}").target
        for name in policies
    )


def _name(component: Component) -> Template:
    return naming.name(component, limit=LONGEST_NAME)


def _logs(component: Component) -> Node:
    # AWS writes to a group of exactly this name and would make one that keeps logs for ever.
    name = Template(("/aws/eks/", *_name(component).parts, "/cluster"))
    arguments: dict[str, Value | None] = {
        "name": name,
        "retention_in_days": component.properties["log_days"],
        "tags": tags(component),
    }
    # It goes when nobody writes to it any more: AWS would make it again, to be kept for ever.
    return resource("aws_cloudwatch_log_group", component, arguments, create_before_destroy=True)


def _control_plane(component: Component, context: Context) -> Node:
    has_logs = component.properties["control_plane_logs"]
    arguments: dict[str, Value | None] = {
        "name": _name(component),
        "version": optional(component, "version", context),
        "role_arn": reference("aws_iam_role", component.id, "arn", part="control_plane"),
        "enabled_cluster_log_types": _LOGS if has_logs else None,
        "tags": tags(component),
    }
    logs = (reference("aws_cloudwatch_log_group", component.id).target,) if has_logs else ()
    return resource(
        "aws_eks_cluster",
        component,
        arguments,
        tuple(_control_plane_blocks(component, context)),
        depends_on=(*_attachments(component, "control_plane", _CLUSTER_POLICIES), *logs),
    )


def _control_plane_blocks(component: Component, context: Context) -> Iterator[Block]:
    properties = component.properties
    place: dict[str, Value | None] = {
        "subnet_ids": references("aws_subnet", properties["subnets"], "id"),
        "security_group_ids": firewalls(component),
        "endpoint_private_access": True,
        "endpoint_public_access": properties["public_endpoint"],
        "public_access_cidrs": optional(component, "public_cidrs", context),
    }
    yield Block("vpc_config", given(place))
    yield ACCESS
    if properties["encrypted_secrets"]:
        key = Block("provider", {"key_arn": reference("aws_kms_key", component.id, "arn")})
        yield Block("encryption_config", {"resources": ("secrets",)}, (key,))


def _node_group(component: Component, group: Mapping[str, Any], context: Context) -> Iterator[Node]:
    part = naming.part(group["name"])
    yield _template(component, group, part, context)
    role_id, role_part = _nodes_role_place(component)
    instance_type = machines.size(group["size"], "ec2", context)
    arguments: dict[str, Value | None] = {
        "cluster_name": reference("aws_eks_cluster", component.id, "name"),
        "node_group_name_prefix": f"{naming.part(group['name'], limit=LONGEST_GROUP_PREFIX - 1)}-",
        "node_role_arn": reference("aws_iam_role", role_id, "arn", part=role_part),
        "subnet_ids": references("aws_subnet", component.properties["subnets"], "id"),
        "ami_type": _IMAGES[machines.is_arm(group["size"], component, context)],
        "capacity_type": "SPOT" if group["spot"] else "ON_DEMAND",
        "instance_types": (instance_type,),
        "labels": value(group["labels"], context) if group["labels"] else None,
        "tags": tags(component, group["name"]),
    }
    yield resource(
        "aws_eks_node_group",
        component,
        arguments,
        tuple(_node_group_blocks(component, group, part, context)),
        part=part,
        # Nodes fetch what they need from the internet and give up when they cannot.
        depends_on=(
            *_attachments(component, "nodes", _NODE_POLICIES),
            *way_out(component.properties["subnets"], context),
        ),
        # Another kind of machine is another group: what runs on the old one moves to it first.
        create_before_destroy=True,
        # The number at the start: what scales the cluster decides on it from then on.
        ignore_changes=("scaling_config[0].desired_size",),
    )


def _node_group_blocks(
    component: Component, group: Mapping[str, Any], part: str, context: Context
) -> Iterator[Block]:
    sizes: dict[str, Value] = {
        "desired_size": value(group.get("desired", group["min"]), context),
        "min_size": value(group["min"], context),
        "max_size": value(group["max"], context),
    }
    yield Block("scaling_config", sizes)
    template: dict[str, Value] = {
        "id": reference("aws_launch_template", component.id, "id", part=part),
        "version": reference("aws_launch_template", component.id, "latest_version", part=part),
    }
    yield Block("launch_template", template)


def _template(component: Component, group: Mapping[str, Any], part: str, context: Context) -> Node:
    made = launched_tags(component, context, group["name"])
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_TEMPLATE_NAME, suffix=group["name"]),
        "update_default_version": True,
        "tags": tags(component, group["name"]),
    }
    blocks = (
        encrypted_disk(_DEVICE, value(group["disk_gb"], context)),
        _POD_METADATA,
        Block("tag_specifications", {"resource_type": "instance", "tags": made}),
    )
    return resource("aws_launch_template", component, arguments, blocks, part=part)


MAPPINGS = (
    TypeMapping(
        "container_cluster",
        "containers",
        container_cluster,
        {
            "id": attribute("aws_eks_cluster", "id"),
            "name": attribute("aws_eks_cluster", "name"),
            "arn": attribute("aws_eks_cluster", "arn"),
            "endpoint": attribute("aws_eks_cluster", "endpoint"),
            "firewall_id": attribute(
                "aws_eks_cluster", "vpc_config", 0, "cluster_security_group_id"
            ),
            "identity_issuer": attribute("aws_eks_cluster", "identity", 0, "oidc", 0, "issuer"),
            "identity_provider": attribute("aws_iam_openid_connect_provider", "arn"),
            "certificate_authority": attribute(
                "aws_eks_cluster", "certificate_authority", 0, "data"
            ),
        },
    ),
)
