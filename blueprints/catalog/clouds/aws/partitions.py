"""Partitions: AWS runs as three clouds that share nothing but their interfaces.

https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from __future__ import annotations

import re

from blueprints.catalog.clouds import regions

_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):(?P<service>[a-z0-9-]*):(?P<region>[a-z0-9-]*):")


def partition(region: str) -> str:
    """Return the partition that a region belongs to, as ARNs spell it."""
    return regions.partition("aws", region)


def dns_suffix(region: str) -> str:
    """Return what names of a partition's own services end with."""
    return "amazonaws.com.cn" if partition(region) == "aws-cn" else "amazonaws.com"


def partition_fault(arn: str, region: str) -> str:
    """Say that an ARN belongs to another partition than a region; empty if it does not."""
    named = _ARN.match(arn)
    wanted = partition(region)
    if named is None or named["partition"] == wanted:
        return ""
    return (
        f"{region} is in partition {wanted}, where ARNs begin with arn:{wanted}:, "
        f"not arn:{named['partition']}:."
    )


def region_of(arn: str) -> str:
    """Return the region that an ARN names; empty if it names none."""
    named = _ARN.match(arn)
    return named["region"] if named else ""
