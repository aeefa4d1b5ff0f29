"""What overrides cannot touch: identity, wiring and protection are decided by properties.

An override is for what a component type has no word for. What the component's properties decide
is locked (:mod:`blueprints.catalog.component_types.written` lists it), except for what
``TUNABLE`` gives a reason for. So is what no property decides and yet names a resource, ties it
to others, opens it or protects it: the checks of the document rely on its absence. Whoever needs
it otherwise writes a component of type ``raw``, which is read as what it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from blueprints.catalog.component_types.written import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprints.catalog.provider_schemas import Body


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: They give a resource its identity: another value replaces it, or takes another's place.
_IDENTITY = _names(
    """allow_overwrite body bucket_prefix cidr_routing_policy cluster_identifier cluster_name
    customer_master_key_spec db_name failover_routing_policy filename function_name
    geolocation_routing_policy geoproximity_routing_policy id identifier identifier_prefix
    ipv4_netmask_length ipv6_cidr_block key_usage latency_routing_policy multi_region
    multivalue_answer_routing_policy name name_prefix node_group_name node_group_name_prefix
    package_type path region replicate_source_db route_key set_identifier snapshot_identifier
    snapshot_name source_code_hash url user_data_base64 username weighted_routing_policy"""
)
#: Names of this form refer to another resource, wherever they stand.
_REFERS = re.compile(
    r"(?:^|_)(?:arns?|bucket|roles?|subnets?|topics?|uri)$|_(?:ids?|targets?)$"
    r"|security_groups?(?:_|$)"
)
#: Names with one of these words decide who reaches what, or what is encrypted.
_GUARDS = re.compile(
    r"(?:^|_)(?:auth|certificates?|credentials|encrypted|encryption|kms|passwords?|public"
    r"|publicly|sse)(?:_|$)|^routing_http_response_access_control_"
)
#: Names of those forms that only say how a resource works.
_HARMLESS = _names("consumer_group_id image_id kms_data_key_reuse_period_seconds message_group_id")
#: On a resource itself, others of the component rely on them: ignored, one would change alone.
_SHARED = frozenset({"cidr_block", "parameter_group_name", "port", "protocol"})
#: They label a resource.
_LABELS = frozenset({"tag", "tag_specifications", "tags", "tags_all", "volume_tags"})
#: They tie a resource to others, so they decide what stands where and acts in which role.
_WIRING = _names(
    """associate_with_private_ip authenticate_cognito authenticate_oidc autoscaling_group_name
    availability_zone availability_zone_address availability_zones connectivity_type
    custom_iam_instance_profile db_subnet_group_name destination domain domain_dns_ips
    domain_fqdn domain_iam_role_name domain_ou event_bus_name event_pattern file_system_config
    forward iam_instance_profile instance launch_configuration launch_template layers
    load_balancers log_destination log_group mixed_instances_policy network_interface
    network_interfaces outpost_config primary_network_interface private_ip propagating_vgws
    publish_to queue queues redrive_policy remote_network_config replica replica_mode
    replication_configuration restore_to_point_in_time route rule s3_import
    secondary_private_ip_addresses secondary_private_ips self_managed_event_source
    self_managed_kafka_event_source_config source_access_configuration subnet_group_name
    subnet_mapping target traffic_source vpc vpc_config vpc_zone_identifier"""
)
#: They open a resource, or protect it and what it holds.
_PROTECTION = _names(
    """access_config acl assign_generated_ipv6_cidr_block assign_ipv6_address_on_creation
    assume_role_policy authorization_type bypass_policy_lockout_safety_check cidr_blocks
    client_id_list cors cors_configuration cors_rule delete_automated_backups
    deletion_protection deletion_protection_enabled desync_mitigation_mode
    disable_api_termination drop_invalid_header_fields egress enable_deletion_protection
    enable_key_rotation enable_primary_ipv6 enable_waf_fail_open force_delete
    force_delete_warm_pool force_destroy force_overwrite_replica_secret grant http_endpoint
    http_tokens iam_database_authentication_enabled ingress inline_policy internal
    ipv6_address_count ipv6_addresses is_enabled key_policy kubernetes_groups lifecycle_rule
    map_customer_owned_ip_on_launch mutual_authentication object_lock_configuration policy
     remote_access revoke_rules_on_delete skip_final_snapshot
    source_dest_check ssl_policy thumbprint_list user_name versioning versioning_configuration
    website"""
)
#: All that these say is who may do what, or what reaches what.
_CLOSED_TYPES = _names(
    """aws_default_security_group aws_eks_access_entry aws_eks_access_policy_association
    aws_eks_pod_identity_association
    aws_iam_instance_profile aws_iam_role_policy aws_iam_role_policy_attachment
    aws_lambda_permission aws_lb_target_group_attachment aws_route aws_route_table_association
    aws_s3_bucket_ownership_controls aws_s3_bucket_policy aws_s3_bucket_public_access_block
    aws_s3_bucket_server_side_encryption_configuration aws_s3_object
    aws_secretsmanager_secret_version
    aws_security_group_rule aws_sqs_queue_policy aws_vpc_security_group_egress_rule
    aws_vpc_security_group_ingress_rule"""
)


#: What protects a block that overrides add: it is written there unless they write the same.
SECURE: Mapping[str, bool | str] = {"encrypted": True}
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


def reason_to_watch(resource_type: str, argument: str, body: Body | None) -> str | None:
    """Say why changes of an argument may not be ignored, or return None where they may.

    Of a block all content would be ignored, so one that holds such an argument is such a block.
    Raw resources are no exception: whatever changes who reaches a resource must be seen.
    """
    if closed_type(resource_type):
        return "is all that says who may do what, or what reaches what"
    if argument in _LABELS:
        return None
    if argument in _SHARED:
        return "is what other resources rely on"
    found = _reason_of_name(argument, nested=False)
    return found or (_reason_within(body, argument) if body else None)


def _reason_within(body: Body, name: str) -> str | None:
    """Return the reason of the first argument in a block, or in a list of objects, that has one."""
    if name in body.arguments:
        reasons = (_reason_of_name(each, nested=True) for each in body.arguments[name].members)
        return next(filter(None, reasons), None)
    if name not in body.blocks:
        return None
    inner = body.blocks[name]
    for each in sorted({*inner.arguments, *inner.blocks} - _LABELS):
        if found := _reason_of_name(each, nested=True) or _reason_within(inner, each):
            return f"holds {each}, which {found}"
    return None


def is_secure(argument: str, value: object) -> bool:
    """Whether an override says what holds without it, which it may."""
    return argument in SECURE and SECURE[argument] == value


def is_added(resource_type: str, names: tuple[str, ...], *, merges: bool) -> bool:
    """Whether an override's block is one more, not merged into one that the component writes."""
    return not merges or ".".join(names) not in WRITTEN.get(resource_type, frozenset())


def reason_of_added(body: Body) -> str | None:
    """Say why a block cannot be added: what it must hold is locked. None where it can."""
    required = (name for name, known in body.arguments.items() if known.required)
    return next(filter(None, (_reason_of_name(name, nested=True) for name in required)), None)


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
    if argument in _HARMLESS:
        return None
    if argument in _PROTECTION or _GUARDS.search(argument):
        return "decides who reaches the component or how it is protected"
    if argument in _WIRING or _REFERS.search(argument):
        return "ties the component to others"
    if argument in _LABELS:
        return 'labels the component, which its "tags" do'
    if argument in _IDENTITY and not nested:
        return "gives the resource its identity"
    return None
