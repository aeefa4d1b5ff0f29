"""What overrides cannot touch: identity, wiring and protection are decided by properties.

An override is for what a component type has no word for. What the component's properties decide
is locked (:mod:`blueprints.catalog.component_types.written` lists it), except for what
``TUNABLE`` gives a reason for. So is what no property decides and yet names a resource, ties it
to others, opens it or protects it: the checks of the document rely on its absence. Whoever needs
it otherwise writes a component of type ``raw``, which is read as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.component_types.written import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: They give a resource its identity: another value replaces it, or takes another's place.
_IDENTITY = _names(
    """allow_overwrite body bucket bucket_prefix cluster_id cluster_identifier cluster_name
    custom_key_store_id customer_master_key_spec db_name delegation_set_id filename function_name
    global_replication_group_id id identifier identifier_prefix image_uri ipv4_ipam_pool_id
    ipv4_netmask_length ipv6_cidr_block ipv6_ipam_pool_id key_usage multi_region name name_prefix
    node_group_name node_group_name_prefix package_type path region replicate_source_db
    replication_group_id route_key set_identifier snapshot_arns snapshot_identifier snapshot_name
    source_code_hash user_data_base64 username xks_key_id"""
)
#: They label a resource.
_LABELS = frozenset({"tag", "tag_specifications", "tags", "tags_all", "volume_tags"})
#: They tie a resource to others, so they decide what stands where and acts in which role.
_WIRING = _names(
    """allocation_ids associate_with_private_ip authenticate_cognito authenticate_oidc
    availability_zone availability_zone_address availability_zone_id availability_zones
    backup_target connectivity_type credentials_arn custom_iam_instance_profile
    db_subnet_group_name domain domain_auth_secret_arn domain_dns_ips domain_fqdn
    domain_iam_role_name domain_ou event_bus_name event_pattern event_source_arn
    file_system_config forward iam_instance_profile instance
    launch_configuration launch_template load_balancer_arn load_balancers mixed_instances_policy
    monitoring_role_arn network_interface network_interfaces node_role_arn outpost_arn
    outpost_config preferred_outpost_arn primary_network_interface private_ip propagating_vgws
    queue remote_network_config replica replica_mode replication_configuration
    restore_to_point_in_time role role_arn route s3_import secondary_allocation_ids
    secondary_private_ip_addresses secondary_private_ips security_group_ids security_group_names
    security_groups self_managed_event_source self_managed_kafka_event_source_config
    service_linked_role_arn source_access_configuration subnet_group_name subnet_id subnet_ids
    subnet_mapping subnets target_group_arn target_group_arns topic topics traffic_source vpc
    vpc_config vpc_id vpc_security_group_ids vpc_zone_identifier"""
)
#: They open a resource, or protect it and what it holds.
_PROTECTION = _names(
    """access_config acl assign_generated_ipv6_cidr_block assign_ipv6_address_on_creation
    associate_public_ip_address assume_role_policy at_rest_encryption_enabled auth_token
    auth_token_update_strategy authorization_type bypass_policy_lockout_safety_check cidr_blocks
    code_signing_config_arn cors cors_configuration cors_rule delete_automated_backups
    deletion_protection deletion_protection_enabled desync_mitigation_mode
    disable_api_termination egress enable_deletion_protection enable_key_rotation
    enable_primary_ipv6 enable_waf_fail_open encrypted encryption_config endpoint_public_access
    enforce_security_group_inbound_rules_on_private_link_traffic force_delete
    force_delete_warm_pool force_destroy force_overwrite_replica_secret get_password_data grant
    http_endpoint http_tokens iam_database_authentication_enabled ingress inline_policy internal
    ipv6_address_count ipv6_addresses is_enabled key_policy kms_key_arn kms_key_id
    kms_master_key_id lifecycle_rule manage_master_user_password managed_policy_arns
    map_customer_owned_ip_on_launch map_public_ip_on_launch master_user_secret_kms_key_id
    mutual_authentication object_lock_configuration password password_wo password_wo_version
    performance_insights_kms_key_id policy policy_arn public_access_cidrs publicly_accessible
    remote_access revoke_rules_on_delete server_side_encryption_configuration
    skip_final_snapshot source_dest_check sqs_managed_sse_enabled ssl_policy storage_encrypted
    transit_encryption_enabled transit_encryption_mode user_group_ids versioning website"""
)
#: All that these say is who may do what, or what reaches what.
_CLOSED_TYPES = _names(
    """aws_default_security_group aws_eks_access_policy_association
    aws_eks_pod_identity_association
    aws_iam_instance_profile aws_iam_role_policy aws_iam_role_policy_attachment
    aws_lambda_permission aws_lb_target_group_attachment aws_route aws_route_table_association
    aws_s3_bucket_ownership_controls aws_s3_bucket_policy aws_s3_bucket_public_access_block
    aws_s3_bucket_server_side_encryption_configuration aws_s3_object
    aws_secretsmanager_secret_version
    aws_security_group_rule aws_sqs_queue_policy aws_vpc_security_group_egress_rule
    aws_vpc_security_group_ingress_rule"""
)


#: What overrides may set although the component writes it, by resource type, and why.
TUNABLE: Mapping[str, Mapping[str, str]] = {
    "aws_autoscaling_group": {
        "instance_refresh.preferences.min_healthy_percentage": (
            "How fast machines are replaced has no property; how many there are has."
        ),
    },
    "aws_db_instance": {
        "allow_major_version_upgrade": "Whoever upgrades by hand forbids it; nothing is opened.",
        "storage_type": "Databases that need many operations a second choose io2; it is as safe.",
    },
    "aws_elasticache_replication_group": {"description": "It is text for people."},
    "aws_instance": {
        "metadata_options.http_put_response_hop_limit": (
            "Containers on a machine are one hop further away; the token stays required."
        ),
        "root_block_device.volume_type": "It decides speed and price; encryption stays.",
    },
    "aws_kms_key": {"description": "It is text for people."},
    "aws_launch_template": {
        "metadata_options.http_put_response_hop_limit": (
            "Containers on a machine are one hop further away; the token stays required."
        ),
    },
    "aws_route53_zone": {"comment": "It is text for people."},
}


def closed_type(resource_type: str) -> bool:
    """Whether a resource type takes no overrides at all."""
    return resource_type in _CLOSED_TYPES


def reason_to_watch(resource_type: str, argument: str) -> str | None:
    """Say why changes of an argument may not be ignored, or return None where they may.

    Raw resources are no exception: whatever changes who reaches a resource must be seen.
    """
    if closed_type(resource_type):
        return "is all that says who may do what, or what reaches what"
    return None if argument in _LABELS else _reason_of_name(argument, nested=False)


def reason(resource_type: str, names: tuple[str, ...], *, merges: bool = False) -> str | None:
    """Say why an override may not set an argument, or return None where it may.

    Args:
        resource_type: what is overridden.
        names: the types of the blocks that it stands in, then its name, or a block's type.
        merges: whether it is a block that merges with the component's own: its arguments are
            judged one by one. Another block beside those that the component writes is not.
    """
    by_name = _reason_of_name(names[-1], nested=len(names) > 1)
    path = ".".join(names)
    if by_name or merges or path in TUNABLE.get(resource_type, {}):
        return by_name
    if path in WRITTEN.get(resource_type, frozenset()):
        return "is decided by the component's properties"
    return None


def _reason_of_name(argument: str, *, nested: bool) -> str | None:
    if argument in _PROTECTION:
        return "decides who reaches the component or how it is protected"
    if argument in _WIRING:
        return "ties the component to others"
    if argument in _LABELS:
        return 'labels the component, which its "tags" do'
    if argument in _IDENTITY and not nested:
        return "gives the resource its identity"
    return None
