"""Where the AWS provider of 2021 finds an emulated AWS, and what others published there."""

from __future__ import annotations

from itertools import product
from typing import Any

#: Services that documents here are made of, as the provider names their endpoints.
SERVICES = (
    *("acm", "autoscaling", "cloudwatch", "cloudwatchevents", "cloudwatchlogs", "dynamodb", "ec2"),
    *("ecs", "efs", "eks", "elasticache", "elb", "iam", "kms", "lambda", "rds", "route53", "s3"),
    *("secretsmanager", "sns", "sqs", "ssm", "sts"),
)
#: Builds as their publishers name them, and who that is in each partition that has them.
_IMAGES = (
    (
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-20260115",
        ("amd64", "arm64"),
        ("099720109477", "513442679011", "837727238323"),
    ),
    (
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{}-server-20260115",
        ("amd64", "arm64"),
        ("099720109477", "513442679011", "837727238323"),
    ),
    ("debian-12-{}-20260112-2355", ("amd64", "arm64"), ("136693071363",)),
    ("al2023-ami-2023.10.20260105.0-kernel-6.1-{}", ("x86_64", "arm64"), ("137112412989",)),
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


def published_images() -> list[dict[str, Any]]:
    """Return the images that a search by publisher and name finds, as moto loads them."""
    return [
        {
            "ami_id": f"ami-{number:017x}",
            "name": name.format(processor),
            "owner_id": owner,
            "architecture": "arm64" if processor == "arm64" else "x86_64",
            "public": True,
            "virtualization_type": "hvm",
        }
        for number, (name, processor, owner) in enumerate(
            (name, processor, owner)
            for name, processors, owners in _IMAGES
            for processor, owner in product(processors, owners)
        )
    ]
