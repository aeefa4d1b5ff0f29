"""What overrides cannot touch: identity, wiring and protection are decided by properties.

An override is for what a component type has no word for. Where a provider's argument names a
resource, ties it to others, opens it or protects it, the component's own properties say so,
and the checks of the document rely on that. Whoever needs it otherwise writes a component of
type ``raw``, which is read as what it is.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: They give a resource its identity: another value replaces it, or takes another's place.
_IDENTITY = _names(
    """bucket bucket_prefix cluster_id cluster_identifier cluster_name db_name function_name id
    identifier identifier_prefix name name_prefix node_group_name node_group_name_prefix region
    replication_group_id username"""
)
#: They label a resource.
_LABELS = frozenset({"tag", "tag_specifications", "tags", "tags_all", "volume_tags"})
#: They tie a resource to others, so they decide what stands where and acts in which role.
_WIRING = _names(
    """db_subnet_group_name iam_instance_profile load_balancer_arn network_interface
    network_interfaces node_role_arn role role_arn security_group_ids security_group_names
    security_groups subnet_group_name subnet_id subnet_ids subnet_mapping subnets
    target_group_arn target_group_arns vpc vpc_config vpc_id vpc_security_group_ids
    vpc_zone_identifier"""
)
#: They open a resource, or protect it and what it holds.
_PROTECTION = _names(
    """acl associate_public_ip_address assume_role_policy at_rest_encryption_enabled auth_token
    authorization_type bypass_policy_lockout_safety_check cidr_blocks deletion_protection
    disable_api_termination egress enable_deletion_protection enable_key_rotation encrypted
    encryption_config endpoint_public_access force_destroy get_password_data grant http_endpoint
    http_tokens ingress inline_policy internal is_enabled key_policy managed_policy_arns
    manage_master_user_password map_public_ip_on_launch password password_wo policy
    policy_arn public_access_cidrs publicly_accessible remote_access
    server_side_encryption_configuration skip_final_snapshot sqs_managed_sse_enabled ssl_policy
    storage_encrypted transit_encryption_enabled transit_encryption_mode"""
)
#: All that these say is who may do what, or what reaches what.
_CLOSED_TYPES = _names(
    """aws_iam_instance_profile aws_iam_role_policy aws_iam_role_policy_attachment
    aws_lambda_permission aws_lb_target_group_attachment aws_route aws_route_table_association
    aws_s3_bucket_ownership_controls aws_s3_bucket_policy aws_s3_bucket_public_access_block
    aws_s3_bucket_server_side_encryption_configuration aws_s3_object
    aws_secretsmanager_secret_version
    aws_security_group_rule aws_sqs_queue_policy aws_vpc_security_group_egress_rule
    aws_vpc_security_group_ingress_rule"""
)


def closed_type(resource_type: str) -> bool:
    """Whether a resource type takes no overrides at all."""
    return resource_type in _CLOSED_TYPES


def reason(argument: str, *, nested: bool) -> str | None:
    """Say why an override may not set an argument, or return None where it may.

    Args:
        argument: its name, or a block's type.
        nested: whether it stands in a block; there, a name is no identity.
    """
    if argument in _PROTECTION:
        return "decides who reaches the component or how it is protected"
    if argument in _WIRING:
        return "ties the component to others"
    if argument in _LABELS:
        return 'labels the component, which its "tags" do'
    if argument in _IDENTITY and not nested:
        return "gives the resource its identity"
    return None
