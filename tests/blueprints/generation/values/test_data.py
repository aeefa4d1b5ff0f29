"""Values of databases, caches, buckets, queues and secrets."""

from __future__ import annotations

import pytest

from tests.blueprints.generation.values.flat import (
    ABSENT,
    NETWORK,
    PRIVATE,
    Document,
    Expected,
    check,
    document,
    part,
    ref,
    resources,
    var,
)

SUBNETS = ["aws_subnet.private-a.id", "aws_subnet.private-b.id"]
WALL = ["aws_security_group.wall.id"]
DATABASES: list[tuple[list[Document], Expected]] = [
    (
        [
            *NETWORK,
            part(
                "db",
                "database",
                engine="mysql",
                version="8.0",
                storage_gb=55,
                subnets=PRIVATE,
                firewalls=[ref("wall")],
                database="shop",
                username="owner",
                password=var("key"),
                port=3307,
                multi_zone=True,
                public_access=False,
                backup_days=9,
                log_days=14,
                parameters=[
                    {"name": "max_connections", "value": "300"},
                    {"name": "slow_query_log", "value": "1", "restart": False},
                ],
            ),
        ],
        {
            ("aws_db_parameter_group", "db"): [
                {
                    "parameter.0.name": "max_connections",
                    "parameter.0.value": "300",
                    "parameter.0.apply_method": "pending-reboot",
                    "parameter.1.name": "slow_query_log",
                    "parameter.1.apply_method": "immediate",
                }
            ],
            ("aws_db_instance", "db"): [
                {
                    "engine": "mysql",
                    "engine_version": "8.0",
                    "allocated_storage": 55,
                    "storage_type": "gp3",
                    "storage_encrypted": True,
                    "db_name": "shop",
                    "username": "owner",
                    "password": "var.key",
                    "port": 3307,
                    "multi_az": True,
                    "publicly_accessible": False,
                    "backup_retention_period": 9,
                    "deletion_protection": True,
                    "skip_final_snapshot": False,
                    "allow_major_version_upgrade": True,
                    "auto_minor_version_upgrade": True,
                    "copy_tags_to_snapshot": True,
                    "vpc_security_group_ids": WALL,
                    "db_subnet_group_name": "aws_db_subnet_group.db.name",
                }
            ],
            ("aws_db_subnet_group", "db"): [{"subnet_ids": SUBNETS}],
            ("aws_cloudwatch_log_group", "db"): [{"retention_in_days": 14}] * 2,
        },
    ),
    (
        [
            *NETWORK,
            part("secret", "secret", generate={}),
            part(
                "open",
                "database",
                engine="postgres",
                subnets=PRIVATE,
                password=ref("secret"),
                multi_zone=False,
                public_access=True,
                encrypted=False,
                deletion_protection=False,
                final_snapshot=False,
            ),
        ],
        {
            ("aws_cloudwatch_log_group", "open"): [{"retention_in_days": 90}] * 2,
            ("aws_db_instance", "open"): [
                {
                    "password": "aws_secretsmanager_secret_version.secret.secret_string",
                    "multi_az": False,
                    "publicly_accessible": True,
                    "storage_encrypted": False,
                    "deletion_protection": False,
                    "skip_final_snapshot": True,
                    "final_snapshot_identifier": ABSENT,
                    "backup_retention_period": 7,
                    "port": ABSENT,
                    "allow_major_version_upgrade": ABSENT,
                }
            ],
        },
    ),
]

CACHES: list[tuple[list[Document], Expected]] = [
    (
        [
            *NETWORK,
            part(
                "fast",
                "cache",
                engine="redis",
                version="7.1",
                nodes=3,
                multi_zone=True,
                subnets=PRIVATE,
                firewalls=[ref("wall")],
                auth_token=var("key"),
                backup_days=5,
            ),
        ],
        {
            ("aws_elasticache_replication_group", "fast"): [
                {
                    "engine": "redis",
                    "engine_version": "7.1",
                    "port": 6379,
                    "num_cache_clusters": 3,
                    "automatic_failover_enabled": True,
                    "multi_az_enabled": True,
                    "at_rest_encryption_enabled": True,
                    "transit_encryption_enabled": True,
                    "auth_token": "var.key",
                    "snapshot_retention_limit": 5,
                    "security_group_ids": WALL,
                    "subnet_group_name": "aws_elasticache_subnet_group.fast.name",
                }
            ],
            ("aws_elasticache_subnet_group", "fast"): [{"subnet_ids": SUBNETS}],
        },
    ),
    (
        [*NETWORK, part("lone", "cache", engine="valkey", subnets=PRIVATE)],
        {
            ("aws_elasticache_replication_group", "lone"): [
                {
                    "automatic_failover_enabled": False,
                    "multi_az_enabled": False,
                    "num_cache_clusters": 1,
                    "transit_encryption_enabled": True,
                    "at_rest_encryption_enabled": True,
                    "auth_token": ABSENT,
                    "snapshot_retention_limit": 0,
                }
            ]
        },
    ),
    (
        [
            *NETWORK,
            part("many", "cache", engine="memcached", nodes=2, multi_zone=True, subnets=PRIVATE),
            part("one", "cache", engine="memcached", nodes=1, subnets=PRIVATE),
        ],
        {
            ("aws_elasticache_cluster", "many"): [
                {
                    "port": 11211,
                    "num_cache_nodes": 2,
                    "az_mode": "cross-az",
                    "transit_encryption_enabled": True,
                }
            ],
            ("aws_elasticache_cluster", "one"): [{"num_cache_nodes": 1, "az_mode": "single-az"}],
        },
    ),
]

CLOSED = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}
# Bucket policies open a public bucket; its access lists stay shut:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
OPENED = {**CLOSED, "block_public_policy": False, "restrict_public_buckets": False}
DENY = {
    "policy.Statement.0.Effect": "Deny",
    "policy.Statement.0.Principal": "*",
    "policy.Statement.0.Action": ["s3:*"],
    "policy.Statement.0.Condition.Bool.aws:SecureTransport": "false",
}
BUCKETS: list[tuple[list[Document], Expected]] = [
    (
        [
            part(
                "files",
                "object_storage",
                encryption="own_key",
                lifecycle=[
                    {
                        "prefix": "logs/",
                        "infrequent_after_days": 31,
                        "archive_after_days": 62,
                        "expire_after_days": 93,
                        "old_versions_expire_after_days": 8,
                    }
                ],
                cors=[
                    {
                        "origins": ["https://app.example.com"],
                        "methods": ["GET", "PUT"],
                        "max_age_seconds": 61,
                    }
                ],
            )
        ],
        {
            ("aws_s3_bucket", "files"): [{"force_destroy": False, "bucket": ABSENT}],
            ("aws_s3_bucket_public_access_block", "files"): [CLOSED],
            ("aws_s3_bucket_ownership_controls", "files"): [
                {"rule.object_ownership": "BucketOwnerEnforced"}
            ],
            ("aws_s3_bucket_policy", "files"): [
                {
                    **DENY,
                    "policy.Statement.0.Resource": [
                        "aws_s3_bucket.files.arn",
                        "aws_s3_bucket.files.arn/*",
                    ],
                    "policy.Statement.1.Effect": ABSENT,
                }
            ],
            ("aws_s3_bucket_versioning", "files"): [{"versioning_configuration.status": "Enabled"}],
            ("aws_s3_bucket_server_side_encryption_configuration", "files"): [
                {
                    "rule.bucket_key_enabled": True,
                    "rule.apply_server_side_encryption_by_default.sse_algorithm": "aws:kms",
                    "rule.apply_server_side_encryption_by_default.kms_master_key_id": (
                        "aws_kms_key.files.arn"
                    ),
                }
            ],
            ("aws_kms_key", "files"): [
                {"enable_key_rotation": True, "deletion_window_in_days": 30}
            ],
            ("aws_s3_bucket_lifecycle_configuration", "files"): [
                {
                    "rule.status": "Enabled",
                    "rule.filter.prefix": "logs/",
                    "rule.abort_incomplete_multipart_upload.days_after_initiation": 7,
                    "rule.transition.0.days": 31,
                    "rule.transition.0.storage_class": "STANDARD_IA",
                    "rule.transition.1.days": 62,
                    "rule.transition.1.storage_class": "GLACIER",
                    "rule.expiration.days": 93,
                    "rule.noncurrent_version_expiration.noncurrent_days": 8,
                    "depends_on": {"aws_s3_bucket_versioning.files"},
                }
            ],
            ("aws_s3_bucket_cors_configuration", "files"): [
                {
                    "cors_rule.allowed_methods": ["GET", "PUT"],
                    "cors_rule.allowed_origins": ["https://app.example.com"],
                    "cors_rule.max_age_seconds": 61,
                }
            ],
        },
    ),
    (
        [
            part(
                "site",
                "object_storage",
                bucket="acme-site",
                public_access=True,
                versioning=False,
                delete_contents=True,
            )
        ],
        {
            ("aws_s3_bucket", "site"): [{"force_destroy": True, "bucket": "acme-site"}],
            ("aws_s3_bucket_public_access_block", "site"): [OPENED],
            ("aws_s3_bucket_policy", "site"): [
                {
                    **DENY,
                    "policy.Statement.1.Effect": "Allow",
                    "policy.Statement.1.Principal": "*",
                    "policy.Statement.1.Action": ["s3:GetObject"],
                    "policy.Statement.1.Resource": ["aws_s3_bucket.site.arn/*"],
                    "depends_on": {"aws_s3_bucket_public_access_block.site"},
                }
            ],
            ("aws_s3_bucket_versioning", "site"): [
                {"versioning_configuration.status": "Suspended"}
            ],
            ("aws_s3_bucket_server_side_encryption_configuration", "site"): [
                {"rule.apply_server_side_encryption_by_default.sse_algorithm": "AES256"}
            ],
        },
    ),
]

QUEUES: tuple[list[Document], Expected] = (
    [
        part("failed", "queue", fifo=True),
        part(
            "jobs",
            "queue",
            fifo=True,
            visibility_timeout_seconds=61,
            retention_seconds=3601,
            delay_seconds=5,
            receive_wait_seconds=11,
            max_message_kib=64,
            dead_letter={"queue": ref("failed"), "max_receives": 4},
        ),
        part("plain", "queue", encrypted=False),
    ],
    {
        ("aws_sqs_queue", "jobs"): [
            {
                "fifo_queue": True,
                "content_based_deduplication": True,
                "visibility_timeout_seconds": 61,
                "message_retention_seconds": 3601,
                "delay_seconds": 5,
                "receive_wait_time_seconds": 11,
                "max_message_size": 65536,  # bytes
                "sqs_managed_sse_enabled": True,
                "redrive_policy.deadLetterTargetArn": "aws_sqs_queue.failed.arn",
                "redrive_policy.maxReceiveCount": 4,
            }
        ],
        ("aws_sqs_queue", "plain"): [
            {
                "fifo_queue": ABSENT,
                "content_based_deduplication": ABSENT,
                "sqs_managed_sse_enabled": False,
                "max_message_size": 262144,
                "redrive_policy.maxReceiveCount": ABSENT,
            }
        ],
    },
)

SECRETS: tuple[list[Document], Expected] = (
    [
        part("made", "secret", generate={"length": 47, "special": True}, recovery_days=8),
        part("plain", "secret", generate={}),
        part("given", "secret", value=var("key")),
    ],
    {
        ("random_password", "made"): [{"length": 47, "special": True}],
        ("random_password", "plain"): [
            {"length": 32, "special": False, "override_special": ABSENT}
        ],
        ("aws_secretsmanager_secret", "made"): [{"recovery_window_in_days": 8}],
        ("aws_secretsmanager_secret_version", "made"): [
            {
                "secret_id": "aws_secretsmanager_secret.made.id",
                "secret_string": "random_password.made.result",
            }
        ],
        ("aws_secretsmanager_secret", "given"): [{"recovery_window_in_days": 30}],
        ("aws_secretsmanager_secret_version", "given"): [{"secret_string": "var.key"}],
    },
)


@pytest.mark.parametrize(
    ("components", "expected"), [*DATABASES, *CACHES, *BUCKETS, QUEUES, SECRETS]
)
def test_values(components: list[Document], expected: Expected) -> None:
    check(document(*components), expected)


def test_made_up_passwords_hold_nothing_that_databases_refuse() -> None:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html: / ' " @ and space;
    # ElastiCache takes of punctuation only ! & # $ ^ < > - in tokens.
    (made,) = resources(document(*SECRETS[0]))["random_password", "made"]
    assert set(made["override_special"]).isdisjoint("/'\"@ ")
    assert made["override_special"]
