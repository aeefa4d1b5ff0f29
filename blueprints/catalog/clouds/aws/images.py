"""Who publishes the neutral images, which differs between partitions.

An account number means somebody else in another partition, so a search for images by owner
finds nothing there, or what a stranger publishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
_CANONICAL = {
    "aws": "099720109477",
    "aws-us-gov": "513442679011",
    "aws-cn": "837727238323",
}
#: https://wiki.debian.org/Cloud/AmazonEC2Image
_DEBIAN = {"aws": "136693071363"}
#: An alias that every partition has: https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
_AMAZON = {"aws": "amazon", "aws-us-gov": "amazon", "aws-cn": "amazon"}

OWNERS: Mapping[str, Mapping[str, str]] = {
    "ubuntu-24.04": _CANONICAL,
    "ubuntu-22.04": _CANONICAL,
    "debian-12": _DEBIAN,
    "amazon-linux-2023": _AMAZON,
}
