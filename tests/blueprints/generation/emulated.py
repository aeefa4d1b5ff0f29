"""Where the AWS provider of 2021 finds an emulated AWS."""

from __future__ import annotations

#: Services that documents here are made of, as the provider names their endpoints.
SERVICES = (
    *("acm", "autoscaling", "cloudwatch", "cloudwatchevents", "cloudwatchlogs", "dynamodb", "ec2"),
    *("ecs", "efs", "eks", "elasticache", "elb", "iam", "kms", "lambda", "rds", "route53", "s3"),
    *("secretsmanager", "sns", "sqs", "ssm", "sts"),
)
_OVERRIDE = """
provider "aws" {{
  access_key                  = "test"
  secret_key                  = "test"
  s3_force_path_style         = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {{
{endpoints}
  }}
}}
"""


def provider_override(endpoint: str) -> str:
    """Return a file that sends the provider to an emulator instead of to AWS."""
    lines = "\n".join(f'    {name} = "{endpoint}"' for name in SERVICES)
    return _OVERRIDE.format(endpoints=lines)
