"""Virtual machines, alone and in groups: encrypted disks, and metadata by session only (IMDSv2)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import machines, naming
from blueprints.generation.clouds.aws.families.load_balancer import target_groups
from blueprints.generation.clouds.aws.families.network import firewalls_or_default, way_out
from blueprints.generation.clouds.aws.families.role import permissions
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
from blueprints.generation.ir import Address, Base64, Block, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

DISK_TYPE = "gp3"
LONGEST_GROUP_NAME = 255
_HEALTH_CHECKS = {"instance": "EC2", "load_balancer": "ELB"}
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
SESSION_METADATA = Block(
    "metadata_options",
    {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
)


def compute_instance(component: Component, context: Context) -> Iterator[Node]:
    """Build one machine. A newer image does not replace it: it would lose what it holds."""
    properties = component.properties
    instance_type = machines.size(properties["size"], "ec2", context)
    yield machines.image_lookup(component, context)
    arguments: dict[str, Value | None] = {
        "ami": _image(component, "id"),
        "instance_type": instance_type,
        "subnet_id": reference("aws_subnet", properties["subnet"].component, "id"),
        "vpc_security_group_ids": firewalls_or_default(component, context),
        "associate_public_ip_address": properties["public_ip"],
        # Without any the provider would leave the one of a role that was taken away.
        "iam_instance_profile": _profile(component) or "",
        "key_name": optional(component, "key_name", context),
        "monitoring": value(properties["monitoring"], context),
        "disable_api_termination": value(properties["termination_protection"], context),
        "user_data": optional(component, "user_data", context),
        "tags": tags(component),
    }
    disk = {
        "encrypted": True,
        "volume_size": value(properties["disk_gb"], context),
        "volume_type": DISK_TYPE,
    }
    machine = resource(
        "aws_instance",
        component,
        arguments,
        (SESSION_METADATA, Block("root_block_device", disk)),
        depends_on=way_out((properties["subnet"],), context),
        ignore_changes=("ami",),
    )
    yield dataclasses.replace(machine, waits_for=_allowed(component, context))


def _allowed(component: Component, context: Context) -> tuple[Address, ...]:
    """Return what a machine's role may do: its first script may need it."""
    role = component.properties.get("role")
    return permissions(role.component, context) if role else ()


def firewalls(component: Component) -> tuple[Value, ...] | None:
    """Refer to the security groups of a component; None leaves the network's default group."""
    return references("aws_security_group", component.properties["firewalls"], "id") or None


def _image(component: Component, name: str) -> Reference:
    return Reference(Address("data", "aws_ami", component.id), (name,))


def _profile(component: Component) -> Value | None:
    role = component.properties.get("role")
    return reference("aws_iam_instance_profile", role.component, "name") if role else None


def autoscaling_group(component: Component, context: Context) -> Iterator[Node]:
    """Build a launch template and a group that replaces its machines when that changes."""
    properties = component.properties
    instance_type = machines.size(properties["size"], "ec2", context)
    yield machines.image_lookup(component, context)
    yield _launch_template(component, instance_type, context)
    yield dataclasses.replace(_group(component, context), waits_for=_allowed(component, context))
    if "cpu_target_percent" in properties:
        yield _scaling(component, context)


def _launch_template(component: Component, instance_type: Value, context: Context) -> Node:
    user_data = optional(component, "user_data", context)
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=128),
        "image_id": _image(component, "id"),
        "instance_type": instance_type,
        "key_name": optional(component, "key_name", context),
        "user_data": None if user_data is None else Base64(user_data),
        "update_default_version": True,
        "tags": tags(component),
    }
    blocks = tuple(_template_blocks(component, context))
    return resource("aws_launch_template", component, arguments, blocks)


def _template_blocks(component: Component, context: Context) -> Iterator[Block]:
    properties = component.properties
    yield encrypted_disk(
        _image(component, "root_device_name"), value(properties["disk_gb"], context)
    )
    profile = _profile(component)
    if profile is not None:
        yield Block("iam_instance_profile", {"name": profile})
    yield SESSION_METADATA
    yield Block("monitoring", {"enabled": value(properties["monitoring"], context)})
    interface: Mapping[str, Value | None] = {
        "associate_public_ip_address": properties["public_ip"],
        "security_groups": firewalls(component),
    }
    yield Block("network_interfaces", {"device_index": 0, **given(interface)})
    made = launched_tags(component, context)
    for kind in ("instance", "volume"):
        yield Block("tag_specifications", {"resource_type": kind, "tags": made})


def encrypted_disk(device: Value, size_gb: Value) -> Block:
    """Build the block that encrypts a launch template's system disk."""
    disk: dict[str, Value] = {
        "encrypted": True,
        "volume_size": size_gb,
        "volume_type": DISK_TYPE,
        "delete_on_termination": True,
    }
    return Block("block_device_mappings", {"device_name": device}, (Block("ebs", disk),))


def _group(component: Component, context: Context) -> Node:
    properties = component.properties
    desired = properties.get("desired", properties["min"])
    balancer = properties.get("load_balancer")
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_GROUP_NAME),
        "min_size": value(properties["min"], context),
        "max_size": value(properties["max"], context),
        "desired_capacity": value(desired, context),
        "vpc_zone_identifier": references("aws_subnet", properties["subnets"], "id"),
        "health_check_type": _HEALTH_CHECKS[properties["health_check"]],
        "health_check_grace_period": value(properties["health_check_grace_seconds"], context),
        "target_group_arns": target_groups(balancer, context) if balancer else None,
    }
    return resource(
        "aws_autoscaling_group",
        component,
        arguments,
        tuple(_group_blocks(component, context)),
        # The number at the start: load, a schedule or a person decides on it from then on.
        ignore_changes=("desired_capacity",),
        depends_on=way_out(properties["subnets"], context),
    )


def _group_blocks(component: Component, context: Context) -> Iterator[Block]:
    template: dict[str, Value] = {
        "id": reference("aws_launch_template", component.id, "id"),
        "version": reference("aws_launch_template", component.id, "latest_version"),
    }
    yield Block("launch_template", template)
    preferences = Block("preferences", {"min_healthy_percentage": 90})
    yield Block("instance_refresh", {"strategy": "Rolling"}, (preferences,))
    for key, text in {**context.labels, **tags(component)}.items():
        yield Block("tag", {"key": key, "value": text, "propagate_at_launch": False})


def _scaling(component: Component, context: Context) -> Node:
    metric = Block(
        "predefined_metric_specification",
        {"predefined_metric_type": "ASGAverageCPUUtilization"},
    )
    target = value(component.properties["cpu_target_percent"], context)
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_GROUP_NAME, suffix="cpu"),
        "autoscaling_group_name": reference("aws_autoscaling_group", component.id, "name"),
        "policy_type": "TargetTrackingScaling",
    }
    tracking = Block("target_tracking_configuration", {"target_value": target}, (metric,))
    return resource("aws_autoscaling_policy", component, arguments, (tracking,))


MAPPINGS = (
    TypeMapping(
        "compute_instance",
        "compute",
        compute_instance,
        {
            name: attribute("aws_instance", name)
            for name in ("id", "arn", "private_ip", "public_ip")
        },
    ),
    TypeMapping(
        "autoscaling_group",
        "compute",
        autoscaling_group,
        {name: attribute("aws_autoscaling_group", name) for name in ("id", "name", "arn")},
    ),
)
