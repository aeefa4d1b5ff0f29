"""Which resource types a component becomes on each cloud; its main one comes first.

Overrides and ``ignore_changes`` may name these. A test compares the table with what is generated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RESOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "aws": {
        "autoscaling_group": (
            "aws_autoscaling_group",
            "aws_autoscaling_policy",
            "aws_launch_template",
        ),
        "cache": (
            "aws_elasticache_replication_group",
            "aws_elasticache_cluster",
            "aws_elasticache_subnet_group",
        ),
        "compute_instance": ("aws_instance",),
        "container_cluster": (
            "aws_eks_cluster",
            "aws_eks_access_entry",
            "aws_eks_access_policy_association",
            "aws_eks_addon",
            "aws_cloudwatch_log_group",
            "aws_eks_node_group",
            "aws_eks_pod_identity_association",
            "aws_iam_openid_connect_provider",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_iam_role_policy_attachment",
            "aws_kms_key",
            "aws_launch_template",
        ),
        "database": (
            "aws_db_instance",
            "aws_cloudwatch_log_group",
            "aws_db_parameter_group",
            "aws_db_subnet_group",
            "random_id",
        ),
        "dns_zone": ("aws_route53_zone", "aws_route53_record"),
        "firewall": ("aws_security_group", "aws_security_group_rule"),
        "function": (
            "aws_lambda_function",
            "aws_apigatewayv2_api",
            "aws_cloudwatch_event_rule",
            "aws_cloudwatch_event_target",
            "aws_cloudwatch_log_group",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_lambda_event_source_mapping",
            "aws_lambda_function_url",
            "aws_lambda_permission",
            "aws_s3_object",
        ),
        "load_balancer": (
            "aws_lb",
            "aws_lb_listener",
            "aws_lb_target_group",
            "aws_lb_target_group_attachment",
            "aws_lambda_permission",
        ),
        "module": (),
        "remote_state": (),
        "network": (
            "aws_vpc",
            "aws_cloudwatch_log_group",
            "aws_default_security_group",
            "aws_eip",
            "aws_flow_log",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_internet_gateway",
            "aws_nat_gateway",
            "aws_route",
            "aws_route_table",
        ),
        "object_storage": (
            "aws_s3_bucket",
            "aws_kms_key",
            "aws_lambda_permission",
            "aws_s3_bucket_cors_configuration",
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_notification",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
        ),
        "queue": ("aws_sqs_queue",),
        "role": (
            "aws_iam_role",
            "aws_iam_instance_profile",
            "aws_iam_role_policy",
            "aws_iam_role_policy_attachment",
        ),
        "secret": (
            "aws_secretsmanager_secret",
            "aws_secretsmanager_secret_version",
            "random_password",
        ),
        "subnet": ("aws_subnet", "aws_route_table_association"),
    }
}


#: Of resource types whose names are unique in an account: the argument that holds the name, and
#: those within whose values it is unique, where it is not in all of the account.
NAMED: Mapping[str, tuple[str, ...]] = {
    "aws_autoscaling_group": ("name",),
    "aws_autoscaling_policy": ("name", "autoscaling_group_name"),
    "aws_cloudwatch_event_rule": ("name",),
    "aws_cloudwatch_log_group": ("name",),
    "aws_db_instance": ("identifier",),
    "aws_db_parameter_group": ("name",),
    "aws_db_subnet_group": ("name",),
    "aws_eks_cluster": ("name",),
    "aws_eks_node_group": ("node_group_name", "cluster_name"),
    "aws_elasticache_cluster": ("cluster_id",),
    "aws_elasticache_replication_group": ("replication_group_id",),
    "aws_elasticache_subnet_group": ("name",),
    "aws_iam_instance_profile": ("name",),
    "aws_iam_role": ("name",),
    "aws_iam_role_policy": ("name", "role"),
    "aws_lambda_function": ("function_name",),
    "aws_launch_template": ("name",),
    "aws_lb": ("name",),
    "aws_lb_target_group": ("name",),
    "aws_s3_bucket": ("bucket",),
    "aws_secretsmanager_secret": ("name",),
    "aws_security_group": ("name", "vpc_id"),
    "aws_sqs_queue": ("name",),
}

#: What the resources are called that every component of a type has and that stand alone, where the
#: name shows its id: with ``{}`` for ``<prefix>-<id>``, and the most characters of that. A longer
#: one is cut and marked. A test compares the table with what is generated.
CALLED: Mapping[str, Mapping[str, tuple[str, int]]] = {
    "autoscaling_group": {
        "aws_autoscaling_group": ("{}", 255),
        "aws_launch_template": ("{}", 128),
    },
    "cache": {"aws_elasticache_subnet_group": ("{}", 255)},
    "container_cluster": {
        "aws_eks_cluster": ("{}", 100),
        "aws_cloudwatch_log_group": ("/aws/eks/{}/cluster", 100),
    },
    "database": {"aws_db_instance": ("{}", 63), "aws_db_subnet_group": ("{}", 255)},
    "function": {
        "aws_lambda_function": ("{}", 64),
        "aws_cloudwatch_log_group": ("/aws/lambda/{}", 64),
    },
    "load_balancer": {"aws_lb": ("{}", 32)},
    "queue": {"aws_sqs_queue": ("{}", 80)},
    "role": {"aws_iam_role": ("{}", 64)},
}

#: How the resource types begin whose names are unique in all regions.
_OF_THE_WORLD = ("aws_s3_bucket",)
_OF_AN_ACCOUNT = ("aws_iam_",)


def name_place(resource_type: str, region: object, account: object) -> tuple[object, ...]:
    """Return among what a resource's name is taken: the world, its account or a region of it."""
    if resource_type.startswith(_OF_THE_WORLD):
        return ()
    return (account,) if resource_type.startswith(_OF_AN_ACCOUNT) else (account, region)


def of_type(cloud: str, component_type: str) -> tuple[str, ...] | None:
    """Return what a component type becomes on a cloud, or None where that is not known yet."""
    return RESOURCES.get(cloud, {}).get(component_type)
