"""What a component itself writes on the resources that it becomes, by resource type.

Overrides cannot set it (:mod:`blueprints.catalog.documents.locked`): properties decide it. A block
is named by the types of the blocks around it and its own, an argument in one likewise. A test
compares the table with what is generated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _paths(text: str) -> frozenset[str]:
    return frozenset(text.split())


WRITTEN: Mapping[str, frozenset[str]] = {
    "aws_apigatewayv2_api": _paths("name protocol_type tags target"),
    "aws_autoscaling_group": _paths(
        """desired_capacity health_check_grace_period health_check_type instance_refresh
        instance_refresh.preferences instance_refresh.preferences.min_healthy_percentage
        instance_refresh.strategy launch_template launch_template.id launch_template.version
        max_size min_size name tag tag.key tag.propagate_at_launch tag.value
        target_group_arns vpc_zone_identifier"""
    ),
    "aws_autoscaling_policy": _paths(
        """autoscaling_group_name name policy_type target_tracking_configuration
        target_tracking_configuration.predefined_metric_specification
        target_tracking_configuration.predefined_metric_specification.predefined_metric_type
        target_tracking_configuration.target_value"""
    ),
    "aws_cloudwatch_event_rule": _paths("name schedule_expression tags"),
    "aws_cloudwatch_event_target": _paths("arn rule"),
    "aws_cloudwatch_log_group": _paths("name retention_in_days tags"),
    "aws_db_instance": _paths(
        """allocated_storage allow_major_version_upgrade auto_minor_version_upgrade
        backup_retention_period copy_tags_to_snapshot db_name db_subnet_group_name
        deletion_protection enabled_cloudwatch_logs_exports engine engine_version
        final_snapshot_identifier identifier instance_class manage_master_user_password multi_az
        parameter_group_name password performance_insights_enabled port publicly_accessible
        skip_final_snapshot storage_encrypted storage_type tags username vpc_security_group_ids"""
    ),
    "aws_db_parameter_group": _paths(
        """family name_prefix parameter parameter.apply_method parameter.name parameter.value
        tags"""
    ),
    "aws_db_subnet_group": _paths("name subnet_ids tags"),
    "aws_default_security_group": _paths("tags vpc_id"),
    "aws_eip": _paths("domain tags"),
    "aws_eks_access_entry": _paths("cluster_name principal_arn tags"),
    "aws_eks_access_policy_association": _paths(
        """access_scope access_scope.type cluster_name policy_arn principal_arn"""
    ),
    "aws_eks_addon": _paths(
        """addon_name cluster_name resolve_conflicts_on_create resolve_conflicts_on_update tags"""
    ),
    "aws_eks_cluster": _paths(
        """access_config access_config.authentication_mode
        access_config.bootstrap_cluster_creator_admin_permissions enabled_cluster_log_types
        encryption_config encryption_config.provider encryption_config.provider.key_arn
        encryption_config.resources name role_arn tags version vpc_config
        vpc_config.endpoint_private_access vpc_config.endpoint_public_access
        vpc_config.public_access_cidrs vpc_config.security_group_ids vpc_config.subnet_ids"""
    ),
    "aws_eks_node_group": _paths(
        """ami_type capacity_type cluster_name instance_types labels launch_template
        launch_template.id launch_template.version node_group_name_prefix node_role_arn
        scaling_config scaling_config.desired_size scaling_config.max_size
        scaling_config.min_size subnet_ids tags"""
    ),
    "aws_eks_pod_identity_association": _paths(
        "cluster_name namespace role_arn service_account tags"
    ),
    "aws_elasticache_cluster": _paths(
        """az_mode cluster_id engine node_type num_cache_nodes port security_group_ids
        subnet_group_name tags transit_encryption_enabled"""
    ),
    "aws_elasticache_replication_group": _paths(
        """at_rest_encryption_enabled auth_token automatic_failover_enabled description engine
        engine_version multi_az_enabled node_type num_cache_clusters port
        replication_group_id security_group_ids snapshot_retention_limit subnet_group_name
        tags transit_encryption_enabled"""
    ),
    "aws_elasticache_subnet_group": _paths("name subnet_ids tags"),
    "aws_flow_log": _paths("iam_role_arn log_destination tags traffic_type vpc_id"),
    "aws_iam_instance_profile": _paths("name role tags"),
    "aws_iam_openid_connect_provider": _paths("client_id_list tags url"),
    "aws_iam_role": _paths("assume_role_policy description name tags"),
    "aws_iam_role_policy": _paths("name policy role"),
    "aws_iam_role_policy_attachment": _paths("policy_arn role"),
    "aws_instance": _paths(
        """ami associate_public_ip_address disable_api_termination iam_instance_profile
        instance_type key_name metadata_options metadata_options.http_endpoint
        metadata_options.http_put_response_hop_limit metadata_options.http_tokens monitoring
        root_block_device root_block_device.encrypted root_block_device.volume_size
        root_block_device.volume_type subnet_id tags user_data vpc_security_group_ids"""
    ),
    "aws_internet_gateway": _paths("tags vpc_id"),
    "aws_kms_key": _paths("deletion_window_in_days description enable_key_rotation tags"),
    "aws_lambda_event_source_mapping": _paths("batch_size event_source_arn function_name"),
    "aws_lambda_function": _paths(
        """architectures environment environment.variables function_name handler memory_size
        reserved_concurrent_executions role runtime s3_bucket s3_key s3_object_version tags
        timeout vpc_config vpc_config.security_group_ids vpc_config.subnet_ids"""
    ),
    "aws_lambda_function_url": _paths("authorization_type function_name"),
    "aws_lambda_permission": _paths("action function_name principal source_account source_arn"),
    "aws_launch_template": _paths(
        """block_device_mappings block_device_mappings.device_name block_device_mappings.ebs
        block_device_mappings.ebs.delete_on_termination block_device_mappings.ebs.encrypted
        block_device_mappings.ebs.volume_size block_device_mappings.ebs.volume_type
        iam_instance_profile iam_instance_profile.name image_id instance_type key_name
        metadata_options metadata_options.http_endpoint
        metadata_options.http_put_response_hop_limit metadata_options.http_tokens monitoring
        monitoring.enabled name network_interfaces
        network_interfaces.associate_public_ip_address network_interfaces.device_index
        network_interfaces.security_groups tag_specifications
        tag_specifications.resource_type tag_specifications.tags tags update_default_version
        user_data"""
    ),
    "aws_lb": _paths(
        """drop_invalid_header_fields enable_deletion_protection idle_timeout internal
        load_balancer_type name name_prefix security_groups subnets tags"""
    ),
    "aws_lb_listener": _paths(
        """certificate_arn default_action default_action.redirect default_action.redirect.port
        default_action.redirect.protocol default_action.redirect.status_code
        default_action.target_group_arn default_action.type load_balancer_arn port protocol
        ssl_policy"""
    ),
    "aws_lb_target_group": _paths(
        """health_check health_check.healthy_threshold health_check.interval
        health_check.matcher health_check.path health_check.protocol health_check.timeout
        health_check.unhealthy_threshold name name_prefix port protocol tags target_type
        vpc_id"""
    ),
    "aws_lb_target_group_attachment": _paths("port target_group_arn target_id"),
    "aws_nat_gateway": _paths("allocation_id subnet_id tags"),
    "aws_route": _paths("destination_cidr_block gateway_id nat_gateway_id route_table_id"),
    "aws_route53_record": _paths(
        """alias alias.evaluate_target_health alias.name alias.zone_id name records ttl type
        zone_id"""
    ),
    "aws_route53_zone": _paths("comment name tags vpc vpc.vpc_id"),
    "aws_route_table": _paths("tags vpc_id"),
    "aws_route_table_association": _paths("route_table_id subnet_id"),
    "aws_s3_bucket": _paths("bucket bucket_prefix force_destroy tags"),
    "aws_s3_bucket_cors_configuration": _paths(
        """bucket cors_rule cors_rule.allowed_headers cors_rule.allowed_methods
        cors_rule.allowed_origins cors_rule.max_age_seconds"""
    ),
    "aws_s3_bucket_lifecycle_configuration": _paths(
        """bucket rule rule.abort_incomplete_multipart_upload
        rule.abort_incomplete_multipart_upload.days_after_initiation rule.expiration
        rule.expiration.days rule.filter rule.filter.prefix rule.id
        rule.noncurrent_version_expiration
        rule.noncurrent_version_expiration.noncurrent_days rule.status rule.transition
        rule.transition.days rule.transition.storage_class"""
    ),
    "aws_s3_bucket_notification": _paths(
        """bucket lambda_function lambda_function.events lambda_function.lambda_function_arn"""
    ),
    "aws_s3_bucket_ownership_controls": _paths("bucket rule rule.object_ownership"),
    "aws_s3_bucket_policy": _paths("bucket policy"),
    "aws_s3_bucket_public_access_block": _paths(
        """block_public_acls block_public_policy bucket ignore_public_acls
        restrict_public_buckets"""
    ),
    "aws_s3_bucket_server_side_encryption_configuration": _paths(
        """bucket rule rule.apply_server_side_encryption_by_default
        rule.apply_server_side_encryption_by_default.kms_master_key_id
        rule.apply_server_side_encryption_by_default.sse_algorithm rule.bucket_key_enabled"""
    ),
    "aws_s3_bucket_versioning": _paths(
        """bucket versioning_configuration versioning_configuration.status"""
    ),
    "aws_s3_object": _paths(
        """bucket content_base64 content_type key override_provider
        override_provider.default_tags override_provider.default_tags.tags"""
    ),
    "aws_secretsmanager_secret": _paths("description name_prefix recovery_window_in_days tags"),
    "aws_secretsmanager_secret_version": _paths("secret_id secret_string"),
    "aws_security_group": _paths("description name_prefix tags vpc_id"),
    "aws_security_group_rule": _paths(
        """cidr_blocks description from_port ipv6_cidr_blocks protocol security_group_id self
        source_security_group_id to_port type"""
    ),
    "aws_sqs_queue": _paths(
        """content_based_deduplication delay_seconds fifo_queue max_message_size
        message_retention_seconds name receive_wait_time_seconds redrive_policy
        sqs_managed_sse_enabled tags visibility_timeout_seconds"""
    ),
    "aws_subnet": _paths("availability_zone cidr_block map_public_ip_on_launch tags vpc_id"),
    "aws_vpc": _paths("cidr_block enable_dns_hostnames enable_dns_support tags"),
    "random_id": _paths("byte_length keepers"),
    "random_password": _paths("length override_special special"),
}
