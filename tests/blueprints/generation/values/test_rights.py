"""Values of functions and of what may be done in roles."""

from __future__ import annotations

import pytest

from tests.blueprints.generation import documents
from tests.blueprints.generation.reach import statements, text
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
)

FILES = part("files", "object_storage")
CODE: Document = {
    "runtime": "python3.13",
    "handler": "app.handler",
    "source": {"bucket": ref("files"), "key": "app.zip"},
}
JOBS = part("jobs", "queue", visibility_timeout_seconds=300)


def called_by(service: str, **values: object) -> Flat:
    call: Flat = {"action": "lambda:InvokeFunction", "principal": f"{service}.amazonaws.com"}
    return call | values


LOGS: Flat = {
    "policy.Statement.0.Effect": "Allow",
    "policy.Statement.0.Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    # A log group's streams, not the group itself:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    "policy.Statement.0.Resource": ["aws_cloudwatch_log_group.work.arn:*"],
}
FUNCTIONS: list[tuple[list[Document], Expected]] = [
    (
        [
            *NETWORK,
            FILES,
            JOBS,
            part(
                "work",
                "function",
                **CODE,
                memory_mb=513,
                timeout_seconds=61,
                architecture="arm64",
                environment={"DEBUG": True, "LIMIT": 3},
                subnets=PRIVATE,
                firewalls=[ref("wall")],
                queues=[{"queue": ref("jobs"), "batch_size": 7}],
                every_minutes=1,
                url="private",
                reserved_concurrency=5,
                log_days=14,
            ),
        ],
        {
            ("aws_lambda_function", "work"): [
                {
                    "runtime": "python3.13",
                    "handler": "app.handler",
                    "memory_size": 513,
                    "timeout": 61,
                    "architectures": ["arm64"],
                    "role": "aws_iam_role.work.execution.arn",
                    "reserved_concurrent_executions": 5,
                    "environment.variables.DEBUG": "true",
                    "environment.variables.LIMIT": "3",
                    "vpc_config.subnet_ids": [
                        "aws_subnet.private-a.id",
                        "aws_subnet.private-b.id",
                    ],
                    "vpc_config.security_group_ids": ["aws_security_group.wall.id"],
                }
            ],
            ("aws_cloudwatch_log_group", "work"): [{"retention_in_days": 14}],
            ("aws_iam_role", "work"): [
                {"assume_role_policy.Statement.0.Principal.Service": ["lambda.amazonaws.com"]}
            ],
            ("aws_iam_role_policy", "work"): [
                {
                    **LOGS,
                    "policy.Statement.1.Action": [
                        "ec2:CreateNetworkInterface",
                        "ec2:DescribeNetworkInterfaces",
                        "ec2:DescribeSubnets",
                        "ec2:DeleteNetworkInterface",
                        "ec2:AssignPrivateIpAddresses",
                        "ec2:UnassignPrivateIpAddresses",
                    ],
                    "policy.Statement.2.Resource": ["aws_sqs_queue.jobs.arn"],
                }
            ],
            ("aws_lambda_event_source_mapping", "work"): [
                {
                    "event_source_arn": "aws_sqs_queue.jobs.arn",
                    "function_name": "aws_lambda_function.work.arn",
                    "batch_size": 7,
                }
            ],
            ("aws_cloudwatch_event_rule", "work"): [{"schedule_expression": "rate(1 minute)"}],
            ("aws_lambda_permission", "work"): [
                called_by("events", source_arn="aws_cloudwatch_event_rule.work.arn")
            ],
            ("aws_lambda_function_url", "work"): [{"authorization_type": "AWS_IAM"}],
        },
    ),
    (
        [FILES, part("work", "function", **CODE, every_minutes=5, url="public")],
        {
            ("aws_lambda_function", "work"): [
                {
                    "memory_size": 256,
                    "timeout": 30,
                    "architectures": ["x86_64"],
                    "vpc_config.subnet_ids": ABSENT,
                }
            ],
            ("aws_iam_role_policy", "work"): [{**LOGS, "policy.Statement.1.Effect": ABSENT}],
            ("aws_cloudwatch_event_rule", "work"): [{"schedule_expression": "rate(5 minutes)"}],
            ("aws_cloudwatch_log_group", "work"): [{"retention_in_days": 30}],
            ("aws_apigatewayv2_api", "work"): [
                {"protocol_type": "HTTP", "target": "aws_lambda_function.work.arn"}
            ],
            ("aws_lambda_permission", "work"): [
                called_by("events", source_arn="aws_cloudwatch_event_rule.work.arn"),
                called_by("apigateway", source_arn="aws_apigatewayv2_api.work.execution_arn/*/*"),
            ],
        },
    ),
]


def test_every_log_ends() -> None:
    for name in documents.NAMES:
        for node in documents.stack_of(documents.load(name)).nodes:
            if node.address.type == "aws_cloudwatch_log_group":
                days = node.arguments["retention_in_days"]
                assert isinstance(days, int)
                assert days > 0


ACCESS = part(
    "rights",
    "role",
    trusted_service="function",
    reads=[ref("locked"), ref("jobs"), ref("token")],
    writes=[ref("files"), ref("jobs")],
    invokes=[ref("work")],
    statements=[{"effect": "deny", "actions": ["s3:DeleteBucket"], "resources": ["*"]}],
    managed_policies=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
)
ROLE_COMPONENTS = [
    FILES,
    JOBS,
    part("locked", "object_storage", encryption="own_key"),
    part("token", "secret", generate={}),
    part("work", "function", **CODE),
    ACCESS,
]


def test_a_role_holds_a_statement_for_each_right() -> None:
    nodes = documents.stack_of(documents.small(*ROLE_COMPONENTS)).nodes
    (policy,) = (
        node
        for node in nodes
        if (node.address.type, node.address.component) == ("aws_iam_role_policy", "rights")
    )
    found = {
        (statement["Effect"], action, text(resource))
        for statement in statements(policy.arguments["policy"])
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert found == RIGHTS


LOCKED, KEY = "aws_s3_bucket.locked.arn", "aws_kms_key.locked.arn"
RIGHTS = {
    ("Allow", "s3:ListBucket", LOCKED),
    ("Allow", "s3:GetObject", f"{LOCKED}/*"),
    ("Allow", "s3:GetObjectVersion", f"{LOCKED}/*"),
    ("Allow", "kms:Decrypt", KEY),
    *(
        ("Allow", f"sqs:{action}", "aws_sqs_queue.jobs.arn")
        for action in (
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
            "GetQueueAttributes",
            "GetQueueUrl",
            "SendMessage",
        )
    ),
    ("Allow", "secretsmanager:GetSecretValue", "aws_secretsmanager_secret.token.arn"),
    ("Allow", "secretsmanager:DescribeSecret", "aws_secretsmanager_secret.token.arn"),
    ("Allow", "s3:ListBucket", "aws_s3_bucket.files.arn"),
    ("Allow", "s3:PutObject", "aws_s3_bucket.files.arn/*"),
    ("Allow", "s3:DeleteObject", "aws_s3_bucket.files.arn/*"),
    ("Allow", "s3:AbortMultipartUpload", "aws_s3_bucket.files.arn/*"),
    ("Allow", "lambda:InvokeFunction", "aws_lambda_function.work.arn"),
    ("Deny", "s3:DeleteBucket", "*"),
}

# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html and service principals.
TRUSTED = {
    "compute_instance": "ec2.amazonaws.com",
    "function": "lambda.amazonaws.com",
    "container_cluster": "eks.amazonaws.com",
    "container_node": "ec2.amazonaws.com",
    # https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
    "container_pod": "pods.eks.amazonaws.com",
}


@pytest.mark.parametrize(("trusted", "service"), TRUSTED.items())
def test_a_role_trusts_its_service_alone(trusted: str, service: str) -> None:
    wanted = {
        "assume_role_policy.Statement.0.Effect": "Allow",
        "assume_role_policy.Statement.0.Action": (
            ["sts:AssumeRole", "sts:TagSession"]
            if trusted == "container_pod"
            else ["sts:AssumeRole"]
        ),
        "assume_role_policy.Statement.0.Principal.Service": [service],
        "assume_role_policy.Statement.1.Effect": ABSENT,
    }
    expected: Expected = {
        ("aws_iam_role", "rights"): [wanted],
        ("aws_iam_instance_profile", "rights"): (
            [{"role": "aws_iam_role.rights.name"}] if trusted == "compute_instance" else []
        ),
    }
    check(document(part("rights", "role", trusted_service=trusted)), expected)


def test_policies_that_exist_are_attached() -> None:
    attached = {
        "role": "aws_iam_role.rights.name",
        "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }
    check(document(*ROLE_COMPONENTS), {("aws_iam_role_policy_attachment", "rights"): [attached]})


@pytest.mark.parametrize(("components", "expected"), FUNCTIONS)
def test_values(components: list[Document], expected: Expected) -> None:
    check(document(*components), expected)


def test_a_bucket_calls_a_function_as_this_account_s_alone() -> None:
    calls = [{"from": "files", "to": "work", "type": "triggers"}]
    made = part("work", "function", **CODE)
    check(
        document(FILES, made, relations=calls),
        {
            ("aws_lambda_permission", "files"): [
                called_by(
                    "s3",
                    source_arn="aws_s3_bucket.files.arn",
                    # Of buckets the ARN does not say whose they are:
                    # https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
                    source_account="aws_caller_identity.current.account_id",
                )
            ],
        },
    )
