"""Values of machines, groups of machines and container clusters."""

from __future__ import annotations

import pytest

from tests.blueprints.generation.values.flat import (
    ABSENT,
    NETWORK,
    PRIVATE,
    Document,
    Expected,
    Flat,
    check,
    document,
    part,
    ref,
    resources,
    var,
)

ROLE = part("rights", "role", trusted_service="compute_instance")
BOX = part(
    "box",
    "compute_instance",
    subnet=ref("private-a"),
    firewalls=[ref("wall")],
    size="medium",
    disk_gb=33,
    user_data="#!/bin/sh\n",
    role=ref("rights"),
    key_name="ops",
    monitoring=True,
    termination_protection=True,
)
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
SESSION: Flat = {
    "metadata_options.http_endpoint": "enabled",
    "metadata_options.http_tokens": "required",
    "metadata_options.http_put_response_hop_limit": 1,
}
MACHINES: list[tuple[list[Document], Expected]] = [
    (
        [*NETWORK, ROLE, BOX],
        {
            ("aws_instance", "box"): [
                {
                    "ami": "aws_ami.box.id",
                    "instance_type": "t3.medium",
                    "subnet_id": "aws_subnet.private-a.id",
                    "vpc_security_group_ids": ["aws_security_group.wall.id"],
                    "associate_public_ip_address": False,
                    "iam_instance_profile": "aws_iam_instance_profile.rights.name",
                    "key_name": "ops",
                    "monitoring": True,
                    "disable_api_termination": True,
                    "user_data": "#!/bin/sh\n",
                    "root_block_device.encrypted": True,
                    "root_block_device.volume_size": 33,
                    "root_block_device.volume_type": "gp3",
                    "ignore_changes": {"ami"},
                    **SESSION,
                }
            ]
        },
    ),
    (
        [*NETWORK, part("out", "compute_instance", subnet=ref("public-a"), public_ip=True)],
        {
            ("aws_instance", "out"): [
                {
                    "associate_public_ip_address": True,
                    "instance_type": "t3.small",
                    "root_block_device.volume_size": 20,
                    "disable_api_termination": False,
                    "monitoring": False,
                    "iam_instance_profile": "",
                    "user_data": ABSENT,
                    **SESSION,
                }
            ]
        },
    ),
]

CROWD = part(
    "crowd",
    "autoscaling_group",
    subnets=PRIVATE,
    firewalls=[ref("wall")],
    size="large",
    disk_gb=44,
    user_data="#!/bin/sh\n",
    role=ref("rights"),
    monitoring=True,
    min=2,
    max=9,
    desired=3,
    load_balancer=ref("front"),
    health_check="load_balancer",
    health_check_grace_seconds=61,
    cpu_target_percent=55,
)
FRONT = part(
    "front",
    "load_balancer",
    internal=True,
    subnets=PRIVATE,
    listeners=[{"port": 80, "protocol": "http"}],
)
DISK: Flat = {
    "block_device_mappings.ebs.encrypted": True,
    "block_device_mappings.ebs.volume_type": "gp3",
    "block_device_mappings.ebs.delete_on_termination": True,
}
GROUPS: list[tuple[list[Document], Expected]] = [
    (
        [*NETWORK, ROLE, FRONT, CROWD],
        {
            ("aws_launch_template", "crowd"): [
                {
                    "image_id": "aws_ami.crowd.id",
                    "instance_type": "t3.large",
                    "user_data.base64": "#!/bin/sh\n",
                    "user_data": ABSENT,
                    "iam_instance_profile.name": "aws_iam_instance_profile.rights.name",
                    "monitoring.enabled": True,
                    "network_interfaces.associate_public_ip_address": False,
                    "network_interfaces.security_groups": ["aws_security_group.wall.id"],
                    "block_device_mappings.device_name": "aws_ami.crowd.root_device_name",
                    "block_device_mappings.ebs.volume_size": 44,
                    "tag_specifications.0.resource_type": "instance",
                    "tag_specifications.1.resource_type": "volume",
                    **DISK,
                    **SESSION,
                }
            ],
            ("aws_autoscaling_group", "crowd"): [
                {
                    "min_size": 2,
                    "max_size": 9,
                    "desired_capacity": 3,
                    "vpc_zone_identifier": ["aws_subnet.private-a.id", "aws_subnet.private-b.id"],
                    "health_check_type": "ELB",
                    "health_check_grace_period": 61,
                    "launch_template.id": "aws_launch_template.crowd.id",
                    "launch_template.version": "aws_launch_template.crowd.latest_version",
                    "instance_refresh.strategy": "Rolling",
                    "instance_refresh.preferences.min_healthy_percentage": 90,
                }
            ],
            ("aws_autoscaling_policy", "crowd"): [
                {
                    "policy_type": "TargetTrackingScaling",
                    "autoscaling_group_name": "aws_autoscaling_group.crowd.name",
                    "target_tracking_configuration.target_value": 55,
                    "target_tracking_configuration.predefined_metric_specification."
                    "predefined_metric_type": "ASGAverageCPUUtilization",
                }
            ],
        },
    ),
    (
        [*NETWORK, part("few", "autoscaling_group", subnets=PRIVATE, min=1, max=2)],
        {
            ("aws_autoscaling_group", "few"): [
                {
                    "desired_capacity": 1,
                    "health_check_type": "EC2",
                    "health_check_grace_period": 300,
                    "target_group_arns": ABSENT,
                }
            ],
            ("aws_launch_template", "few"): [{"monitoring.enabled": False, **DISK, **SESSION}],
        },
    ),
]

CLUSTER = part(
    "cluster",
    "container_cluster",
    version="1.33",
    subnets=PRIVATE,
    firewalls=[ref("wall")],
    public_endpoint=True,
    public_cidrs=["198.51.100.0/24"],
    node_groups=[
        {"name": "spare", "size": "m7g.large", "min": 1, "max": 7, "desired": 2, "spot": True},
        {"name": "steady", "min": 2, "max": 3, "disk_gb": 77, "labels": {"tier": "web"}},
    ],
    log_days=365,
    pod_roles=[
        {"namespace": "shop", "service_account": name, "role": ref(role)}
        for name, role in (("orders", "orders-pods"), ("stock", "stock-pods"))
    ],
)
POD_ROLES = [
    part(f"{name}-pods", "role", trusted_service="container_pod") for name in ("orders", "stock")
]
CLUSTERS: list[tuple[list[Document], Expected]] = [
    (
        [*NETWORK, *POD_ROLES, CLUSTER],
        {
            ("aws_eks_cluster", "cluster"): [
                {
                    "version": "1.33",
                    "role_arn": "aws_iam_role.cluster.control_plane.arn",
                    "vpc_config.subnet_ids": [
                        "aws_subnet.private-a.id",
                        "aws_subnet.private-b.id",
                    ],
                    "vpc_config.security_group_ids": ["aws_security_group.wall.id"],
                    "vpc_config.endpoint_private_access": True,
                    "vpc_config.endpoint_public_access": True,
                    "vpc_config.public_access_cidrs": ["198.51.100.0/24"],
                    # https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
                    "enabled_cluster_log_types": [
                        "api",
                        "audit",
                        "authenticator",
                        "controllerManager",
                        "scheduler",
                    ],
                    "encryption_config.resources": ["secrets"],
                    "encryption_config.provider.key_arn": "aws_kms_key.cluster.arn",
                }
            ],
            ("aws_cloudwatch_log_group", "cluster"): [{"retention_in_days": 365}],
            ("aws_eks_pod_identity_association", "cluster"): [
                {
                    "cluster_name": "aws_eks_cluster.cluster.name",
                    "namespace": "shop",
                    "service_account": name,
                    "role_arn": f"aws_iam_role.{name}-pods.arn",
                }
                for name in ("orders", "stock")
            ],
            ("aws_kms_key", "cluster"): [
                {"enable_key_rotation": True, "deletion_window_in_days": 30}
            ],
            ("aws_iam_role", "cluster"): [
                {"assume_role_policy.Statement.0.Principal.Service": ["eks.amazonaws.com"]},
                {"assume_role_policy.Statement.0.Principal.Service": ["ec2.amazonaws.com"]},
            ],
            ("aws_iam_role_policy_attachment", "cluster"): [
                {"policy_arn": f"arn:aws:iam::aws:policy/{name}", "role": f"aws_iam_role.{role}"}
                for name, role in (
                    ("AmazonEKSClusterPolicy", "cluster.control_plane.name"),
                    ("AmazonEKSWorkerNodePolicy", "cluster.nodes.name"),
                    ("AmazonEKS_CNI_Policy", "cluster.nodes.name"),
                    ("AmazonEC2ContainerRegistryReadOnly", "cluster.nodes.name"),
                )
            ],
            ("aws_eks_node_group", "cluster"): [
                {
                    "capacity_type": "SPOT",
                    "ami_type": "AL2023_ARM_64_STANDARD",
                    "instance_types": ["m7g.large"],
                    "scaling_config.desired_size": 2,
                    "scaling_config.min_size": 1,
                    "scaling_config.max_size": 7,
                    "node_role_arn": "aws_iam_role.cluster.nodes.arn",
                },
                {
                    "capacity_type": "ON_DEMAND",
                    "ami_type": "AL2023_x86_64_STANDARD",
                    "instance_types": ["t3.medium"],
                    "scaling_config.desired_size": 2,
                    "labels.tier": "web",
                },
            ],
            ("aws_launch_template", "cluster"): [
                {
                    "block_device_mappings.device_name": "/dev/xvda",
                    "block_device_mappings.ebs.volume_size": size,
                    "metadata_options.http_tokens": "required",
                    "metadata_options.http_put_response_hop_limit": 2,
                    **DISK,
                }
                for size in (50, 77)
            ],
        },
    ),
    (
        [
            *NETWORK,
            part(
                "plain",
                "container_cluster",
                subnets=PRIVATE,
                encrypted_secrets=False,
                control_plane_logs=False,
                node_groups=[{"name": "all"}],
            ),
        ],
        {
            ("aws_eks_cluster", "plain"): [
                {
                    "vpc_config.endpoint_private_access": True,
                    "vpc_config.endpoint_public_access": False,
                    "vpc_config.public_access_cidrs": ABSENT,
                    "enabled_cluster_log_types": ABSENT,
                    "encryption_config.resources": ABSENT,
                }
            ]
        },
    ),
]


@pytest.mark.parametrize(("components", "expected"), [*MACHINES, *GROUPS, *CLUSTERS])
def test_values(components: list[Document], expected: Expected) -> None:
    check(document(*components), expected)


def test_a_group_registers_with_every_target_group_of_its_load_balancer() -> None:
    found = resources(document(*NETWORK, ROLE, FRONT, CROWD))
    (group,) = found["aws_autoscaling_group", "crowd"]
    assert len(group["target_group_arns"]) == len(found["aws_lb_target_group", "front"]) == 1
    assert group["target_group_arns"][0].startswith("aws_lb_target_group.front.")


def test_what_scales_by_load_keeps_its_number() -> None:
    found = resources(document(*NETWORK, ROLE, FRONT, CROWD))
    assert "desired_capacity" in found["aws_autoscaling_group", "crowd"][0]["ignore_changes"]


# Publishers' accounts and names of images; see machines.py for where they are published.
IMAGES: dict[tuple[str, str], tuple[str, str]] = {
    ("ubuntu-24.04", "small"): (
        "099720109477",
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
    ),
    ("ubuntu-22.04", "m7g.large"): (
        "099720109477",
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-*",
    ),
    ("debian-12", "c6gn.large"): ("136693071363", "debian-12-arm64-*"),
    ("debian-12", "g4dn.xlarge"): ("136693071363", "debian-12-amd64-*"),
    ("amazon-linux-2023", "large"): ("amazon", "al2023-ami-2023.*-x86_64"),
    ("amazon-linux-2023", "t4g.small"): ("amazon", "al2023-ami-2023.*-arm64"),
}


@pytest.mark.parametrize(("machine", "image"), IMAGES.items())
def test_images_are_searched_among_their_publishers(
    machine: tuple[str, str], image: tuple[str, str]
) -> None:
    box = part(
        "box", "compute_instance", subnet=ref("private-a"), image=machine[0], size=machine[1]
    )
    owner, name = image
    wanted = {
        "owners": [owner],
        "most_recent": True,
        "filter.name": "name",
        "filter.values": [name],
    }
    check(document(*NETWORK, box), {("aws_ami", "box"): [wanted]})


SIZES = {
    "micro": ("t3.micro", "db.t4g.micro", "cache.t4g.micro"),
    "small": ("t3.small", "db.t4g.small", "cache.t4g.small"),
    "medium": ("t3.medium", "db.t4g.medium", "cache.t4g.medium"),
    "large": ("t3.large", "db.t4g.large", "cache.m7g.large"),
    "xlarge": ("t3.xlarge", "db.t4g.xlarge", "cache.m7g.xlarge"),
}


@pytest.mark.parametrize(("size", "names"), SIZES.items())
def test_neutral_sizes_are_machines_of_aws(size: str, names: tuple[str, str, str]) -> None:
    components = (
        part("box", "compute_instance", subnet=ref("private-a"), size=size),
        part(
            "db",
            "database",
            engine="postgres",
            size=size,
            subnets=PRIVATE,
            password=var("key"),
        ),
        part("fast", "cache", engine="valkey", size=size, subnets=PRIVATE),
    )
    machine, server, node = names
    check(
        document(*NETWORK, *components),
        {
            ("aws_instance", "box"): [{"instance_type": machine}],
            ("aws_db_instance", "db"): [{"instance_class": server}],
            ("aws_elasticache_replication_group", "fast"): [{"node_type": node}],
        },
    )
