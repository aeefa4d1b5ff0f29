"""What the schemas of AWS do not say: which arguments replace, which names are unique, what stays.

Source: the pages of the resources in the provider's documentation, "forces new resource" and
"must be unique"; https://registry.terraform.io/providers/hashicorp/aws/6.25.0/docs. Only what
the generator writes is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Arguments that can be changed only by making the resource anew.
REPLACES: Mapping[str, frozenset[str]] = {
    type_: frozenset(names.split())
    for type_, names in {
        "aws_apigatewayv2_api": "protocol_type",
        "aws_autoscaling_group": "name name_prefix",
        "aws_autoscaling_policy": "name autoscaling_group_name",
        "aws_cloudwatch_event_rule": "name name_prefix",
        "aws_cloudwatch_event_target": "rule target_id event_bus_name",
        "aws_cloudwatch_log_group": "name name_prefix",
        "aws_db_instance": (
            "identifier_prefix engine db_name username storage_encrypted kms_key_id "
            "availability_zone"
        ),
        "aws_db_parameter_group": "name name_prefix family description",
        "aws_db_subnet_group": "name name_prefix",
        "aws_default_security_group": "vpc_id",
        "aws_eip": "domain",
        "aws_eks_access_entry": "cluster_name principal_arn type",
        "aws_eks_access_policy_association": "cluster_name principal_arn policy_arn access_scope",
        "aws_eks_addon": "cluster_name addon_name",
        "aws_eks_cluster": "name role_arn encryption_config bootstrap_self_managed_addons",
        "aws_eks_node_group": (
            "cluster_name node_group_name node_group_name_prefix node_role_arn subnet_ids "
            "ami_type capacity_type disk_size instance_types"
        ),
        "aws_eks_pod_identity_association": "cluster_name namespace service_account",
        "aws_elasticache_cluster": (
            "cluster_id engine port subnet_group_name transit_encryption_enabled"
        ),
        "aws_elasticache_replication_group": (
            "replication_group_id port subnet_group_name at_rest_encryption_enabled"
        ),
        "aws_elasticache_subnet_group": "name",
        "aws_flow_log": (
            "vpc_id iam_role_arn log_destination log_destination_type traffic_type "
            "max_aggregation_interval log_format"
        ),
        "aws_iam_instance_profile": "name name_prefix",
        "aws_iam_openid_connect_provider": "url",
        "aws_iam_role": "name name_prefix path",
        "aws_iam_role_policy": "name name_prefix role",
        "aws_iam_role_policy_attachment": "role policy_arn",
        "aws_instance": (
            "ami subnet_id associate_public_ip_address key_name availability_zone private_ip"
        ),
        "aws_lambda_event_source_mapping": "event_source_arn",
        "aws_lambda_function": "function_name package_type",
        "aws_lambda_function_url": "function_name",
        "aws_lambda_permission": "action function_name principal source_arn statement_id",
        "aws_launch_template": "name name_prefix",
        "aws_lb": "name name_prefix internal load_balancer_type",
        "aws_lb_listener": "load_balancer_arn",
        "aws_lb_target_group": "name name_prefix port protocol vpc_id target_type",
        "aws_lb_target_group_attachment": "target_group_arn target_id port",
        "aws_nat_gateway": "allocation_id subnet_id connectivity_type",
        "aws_route": "route_table_id destination_cidr_block destination_ipv6_cidr_block",
        "aws_route53_record": "zone_id name type",
        "aws_route53_zone": "name",
        "aws_route_table": "vpc_id",
        "aws_route_table_association": "subnet_id",
        "aws_s3_bucket": "bucket bucket_prefix",
        "aws_s3_bucket_cors_configuration": "bucket",
        "aws_s3_bucket_lifecycle_configuration": "bucket",
        "aws_s3_bucket_ownership_controls": "bucket",
        "aws_s3_bucket_policy": "bucket",
        "aws_s3_bucket_public_access_block": "bucket",
        "aws_s3_bucket_server_side_encryption_configuration": "bucket",
        "aws_s3_bucket_versioning": "bucket",
        "aws_s3_object": "bucket key",
        "aws_secretsmanager_secret": "name name_prefix",
        "aws_secretsmanager_secret_version": "secret_id secret_string",
        "aws_security_group": "name name_prefix description vpc_id",
        "aws_security_group_rule": (
            "type from_port to_port protocol security_group_id source_security_group_id "
            "cidr_blocks ipv6_cidr_blocks self prefix_list_ids"
        ),
        "aws_sqs_queue": "name name_prefix fifo_queue",
        "aws_subnet": "vpc_id cidr_block availability_zone",
        "aws_vpc": "cidr_block",
        "random_id": "byte_length keepers prefix",
        "random_password": "length special override_special keepers",
    }.items()
}

#: The argument whose value no two resources of a type share in an account and region.
UNIQUE: Mapping[str, tuple[str, ...]] = {
    "aws_autoscaling_group": ("name",),
    "aws_autoscaling_policy": ("autoscaling_group_name", "name"),
    "aws_cloudwatch_event_rule": ("name",),
    "aws_cloudwatch_log_group": ("name",),
    "aws_db_instance": ("identifier",),
    "aws_db_parameter_group": ("name",),
    "aws_db_subnet_group": ("name",),
    "aws_eks_access_entry": ("cluster_name", "principal_arn"),
    "aws_eks_addon": ("cluster_name", "addon_name"),
    "aws_eks_cluster": ("name",),
    "aws_eks_node_group": ("cluster_name", "node_group_name"),
    "aws_eks_pod_identity_association": ("cluster_name", "namespace", "service_account"),
    "aws_elasticache_cluster": ("cluster_id",),
    "aws_elasticache_replication_group": ("replication_group_id",),
    "aws_elasticache_subnet_group": ("name",),
    "aws_iam_instance_profile": ("name",),
    "aws_iam_openid_connect_provider": ("url",),
    "aws_iam_role": ("name",),
    "aws_iam_role_policy": ("role", "name"),
    "aws_lambda_function": ("function_name",),
    "aws_lambda_function_url": ("function_name",),
    "aws_lambda_permission": ("function_name", "statement_id"),
    "aws_launch_template": ("name",),
    "aws_lb": ("name",),
    "aws_lb_listener": ("load_balancer_arn", "port"),
    "aws_lb_target_group": ("name",),
    "aws_route": ("route_table_id", "destination_cidr_block"),
    "aws_route53_record": ("zone_id", "name", "type"),
    "aws_route_table_association": ("subnet_id",),
    "aws_s3_bucket": ("bucket",),
    "aws_s3_object": ("bucket", "key"),
    "aws_secretsmanager_secret": ("name",),
    "aws_security_group": ("vpc_id", "name"),
    "aws_sqs_queue": ("name",),
    "aws_subnet": ("vpc_id", "cidr_block"),
}

#: Names that stay taken when the resource is gone: of last snapshots, of secrets until they expire.
LEFT_BEHIND: Mapping[str, str] = {
    "aws_db_instance": "final_snapshot_identifier",
    "aws_elasticache_cluster": "final_snapshot_identifier",
    "aws_elasticache_replication_group": "final_snapshot_identifier",
    "aws_secretsmanager_secret": "name",
}

#: What AWS chooses where nobody does, and the provider of 2021 did not read back. Source: the
#: schemas in the provider's source, ``internal/service/{ec2/ec2_instance,sqs/queue}.go``.
FILLED: Mapping[str, tuple[str, ...]] = {
    "aws_instance": ("iam_instance_profile",),
    "aws_sqs_queue": ("redrive_policy",),
}

#: Types whose id is one of their arguments.
IDS: Mapping[str, str] = {
    "aws_db_parameter_group": "name",
    "aws_iam_role": "name",
    "aws_s3_bucket": "bucket",
}

#: Attributes that are new after every change of their resource but that of its tags.
CHANGES_ALWAYS: Mapping[str, frozenset[str]] = {
    "aws_launch_template": frozenset({"latest_version"}),
    "aws_s3_object": frozenset({"version_id"}),
}

#: What may be deleted while its name or ARN stands elsewhere: AWS does not look.
MAY_BE_NAMED = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_iam_role_policy",
        "aws_lambda_function",
        "aws_s3_bucket_public_access_block",
        "aws_sqs_queue",
        "random_id",
        "random_password",
    }
)
