"""Realistic mistakes in the mapping to AWS: each a piece of code, and what it is mistaken for.

Chosen before the tests of values were written. One whose code is gone is reported: replace it by
one of the same kind.
"""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """One mistake.

    Attributes:
        file: below ``blueprints/``.
        right: the code as it is; it stands in the file once.
        wrong: what somebody writes instead.
    """

    file: str
    right: str
    wrong: str


_FAMILIES = "generation/clouds/aws/families"
_POLICIES = "catalog/clouds/aws/policies.py"


def _in(family: str, *pairs: tuple[str, str]) -> list[Mistake]:
    return [Mistake(f"{_FAMILIES}/{family}.py", right, wrong) for right, wrong in pairs]


MISTAKES = [
    *_in(
        "load_balancer",
        ('listener.get("target_port", listener["port"])', 'listener["port"]'),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"),
        ('"drop_invalid_header_fields"] = True', '"drop_invalid_header_fields"] = False'),
        ('_HTTP_OK = "200-399"', '_HTTP_OK = "200-499"'),
        ('"unhealthy_threshold": value(check["un', '"unhealthy_threshold": value(check["'),
        ('"internal": properties["internal"]', '"internal": False'),
        ('"status_code": "HTTP_301"', '"status_code": "HTTP_302"'),
    ),
    *_in(
        "object_storage",
        ('closed or switch.endswith("acls")', "closed"),
        ('"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"'),
        ('("archive_after_days", "GLACIER")', '("archive_after_days", "STANDARD_IA")'),
        ('"enable_key_rotation": True', '"enable_key_rotation": False'),
        ('"noncurrent_days": days', '"noncurrent_days": 1'),
        ('status = "Enabled" if', 'status = "Suspended" if'),
        ("UPLOAD_DAYS = 7", "UPLOAD_DAYS = 700"),
    ),
    *_in(
        "function",
        ('"arn"), ":*"))', '"arn"),))'),
        ('"retention_in_days": component.properties["log_days"],', ""),
        ('"authorization_type": "AWS_IAM"', '"authorization_type": "NONE"'),
        ('"batch_size": value(trigger["batch_size"], context),', ""),
        (
            '"timeout": value(properties["timeout_seconds"]',
            '"timeout": value(properties["memory_mb"]',
        ),
        ("{'' if minutes == 1 else 's'}", "s"),
    ),
    *_in(
        "role",
        ('"container_node": "ec2"', '"container_node": "eks"'),
        (
            '"objects": lambda target, _: objects_arn(target)',
            '"objects": lambda target, _: "*"',
        ),
    ),
    *_in(
        "network",
        ("part=part, depends_on=waits_for)\n\n\ndef _host", "part=part)\n\n\ndef _host"),
        ('not zone or s.properties["zone"] == zone', 'not zone or s.properties["zone"] != zone'),
        ('"map_public_ip_on_launch": False', '"map_public_ip_on_launch": True'),
        ('"nat_gateway_id": nat', '"gateway_id": nat'),
        ('"enable_dns_hostnames": has_dns', '"enable_dns_hostnames": True'),
    ),
    *_in(
        "compute",
        ('"http_tokens": "required", "http_put', '"http_tokens": "optional", "http_put'),
        ('"http_put_response_hop_limit": 1', '"http_put_response_hop_limit": 64'),
        ('"load_balancer": "ELB"', '"load_balancer": "EC2"'),
        ('"min_healthy_percentage": 90', '"min_healthy_percentage": 0'),
        ('DISK_TYPE = "gp3"', 'DISK_TYPE = "gp2"'),
        ("else Base64(user_data)", "else user_data"),
        ('"max_size": value(properties["max"]', '"max_size": value(properties["min"]'),
    ),
    *_in(
        "container_cluster",
        ('"retention_in_days": component.properties["log_days"],', ""),
        ('"endpoint_private_access": True', '"endpoint_private_access": False'),
        ('"SPOT" if group["spot"]', '"SPOT" if not group["spot"]'),
        ('"audit", "authenticator"', '"authenticator"'),
        ('"resources": ("secrets",)', '"resources": ()'),
    ),
    *_in(
        "database",
        ('"publicly_accessible": "public_access"', '"publicly_accessible": "multi_zone"'),
        ('not properties["final_snapshot"],', 'properties["final_snapshot"],'),
        ('"copy_tags_to_snapshot": True', '"copy_tags_to_snapshot": False'),
        ('"storage_encrypted": "encrypted",', ""),
    ),
    *_in(
        "cache",
        (
            '"automatic_failover_enabled": properties["multi_zone"]',
            '"automatic_failover_enabled": True',
        ),
        ('"transit_encryption_enabled": properties["encrypted_in_transit"],', ""),
        ('"cross-az" if', '"single-az" if'),
        ('"auth_token": content(token, context) if token else None,', ""),
    ),
    *_in(
        "queue",
        ('properties["max_message_kib"] * BYTES_PER_KIB', 'properties["max_message_kib"]'),
        ('"delay_seconds": "delay_seconds"', '"delay_seconds": "visibility_timeout_seconds"'),
        ('"sqs_managed_sse_enabled": properties["encrypted"],', ""),
        (
            '"deadLetterTargetArn": target,',
            '"deadLetterTargetArn": reference("aws_sqs_queue", component.id, "arn"),',
        ),
    ),
    *_in(
        "firewall",
        ('"type": direction', '"type": "ingress"'),
        ("_ALL_ICMP = (-1, -1)", "_ALL_ICMP = (0, 0)"),
        ("version == 6", "version == 4"),
        ('{"self": True}', "{}"),
    ),
    *_in(
        "dns_zone",
        ('"evaluate_target_health": True', '"evaluate_target_health": False'),
        ('["ttl"] = value(record["ttl_seconds"], context)', '["ttl"] = 300'),
    ),
    *_in(
        "secret",
        ('PUNCTUATION = "!&', 'PUNCTUATION = "@!&'),
        ('"length": wanted["length"]', '"length": 16'),
        ('"recovery_window_in_days": value(component.properties["recovery_days"], context),', ""),
    ),
    Mistake("generation/clouds/aws/policies.py", '("sts:TagSession",) if', "() if"),
    Mistake("generation/clouds/aws/stores.py", ", secret.revision]", "]"),
    Mistake("generation/clouds/aws/stores.py", ", dict(secret.settings), ", ", "),
    Mistake("generation/clouds/aws/stores.py", "body.written_only(name) if body and", '"" if'),
    Mistake("generation/clouds/aws/machines.py", '("x86_64", "arm64")', '("arm64", "x86_64")'),
    Mistake(_POLICIES, '"key": ("kms:Decrypt",),', '"key": ("kms:Encrypt",),'),
    Mistake(_POLICIES, '("kms:Decrypt", "kms:GenerateDataKey")', '("kms:GenerateDataKey",)'),
    Mistake(_POLICIES, '"deny": "Deny"', '"deny": "Allow"'),
    Mistake("catalog/clouds/aws/images.py", "136693071363", "136693071364"),
    Mistake(
        "catalog/clouds/aws/machine_types.py",
        '"large": ("cache.m7g.large"',
        '"large": ("cache.t4g.large"',
    ),
    Mistake("generation/clouds/aws/invocations.py", '        "source_arn": source,\n', ""),
    Mistake("catalog/component_types/database.py", '"mysql": 3306', '"mysql": 5432'),
    Mistake("catalog/documents/relations/ports.py", "Port(HTTPS),", "Port(80),"),
    Mistake(
        "catalog/documents/relations/access.py", '"writes_to": "writes"', '"writes_to": "reads"'
    ),
    Mistake("catalog/documents/relations/ports.py", "subnet_of(wide)", "overlaps(wide)"),
]
