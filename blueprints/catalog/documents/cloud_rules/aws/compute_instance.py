"""EC2 machines. Those of autoscaling groups have the same rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws import images
from blueprints.catalog.clouds.aws.partitions import partition
from blueprints.catalog.component_types.base import NEUTRAL_IMAGES
from blueprints.catalog.documents.cloud_rules.rule import Check, Example, Limit, Rule, rule
from blueprints.catalog.documents.expressions import Var
from blueprints.catalog.problems import Problem, quoted

from . import machine_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject
    from blueprints.catalog.documents.cloud_rules.rule import Json

_GUIDE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide"
MOST_USER_DATA_BYTES = 16 * 1024
_IMAGE = re.compile(r"ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_KINDS = ("compute-instance", "autoscaling-group")


def _of_both(
    name: str,
    check: Check,
    *,
    limit: str,
    source: str,
    accepted: tuple[Example, ...],
    refused: tuple[Example, ...],
) -> tuple[Rule, ...]:
    made = (
        rule(f"aws-{kind}/{name}", limit=limit, source=source, accepted=accepted, refused=refused)
        for kind in _KINDS
    )
    return tuple(make(check) for make in made)


def _type(machine: Subject) -> Iterator[Problem]:
    size = machine.properties.get("size")
    yield from machine_sizes.findings("ec2", size, machine.region, "size")


def _user_data(machine: Subject) -> Iterator[Problem]:
    size = len((machine.text("user_data") or "").encode())
    if size > MOST_USER_DATA_BYTES:
        message = (
            f"User data takes {size} bytes, and EC2 allows {MOST_USER_DATA_BYTES}: let a short "
            "script fetch the rest."
        )
        yield Problem.error(("user_data",), message)


def _publisher(machine: Subject) -> Iterator[Problem]:
    owners = images.OWNERS.get(machine.text("image") or "")
    here = partition(machine.region)
    if owners is not None and here not in owners:
        message = (
            f"{machine.text('image')} has no known publisher in the partition {here}: take an "
            "ubuntu or amazon-linux image, or the id of one."
        )
        yield Problem.error(("image",), message)


def _image(machine: Subject) -> Iterator[Problem]:
    image = machine.text("image")
    if image is None or _IMAGE.fullmatch(image):
        return
    if image not in NEUTRAL_IMAGES:
        names = ", ".join(NEUTRAL_IMAGES)
        message = f"{quoted(image)} is no image of EC2: write {names}, or an id such as ami-0abc…."
        yield Problem.error(("image",), message)
    elif isinstance(machine.component.properties["image"], Var):
        message = (
            f"A variable holds the id of an image, and its default {quoted(image)} is none: name "
            "that in the component instead, or make the default an id such as "
            "ami-0abcdef1234567890."
        )
        yield Problem.error(("image",), message)


def _processor(machine: Subject) -> Iterator[Problem]:
    given = machine.component.properties
    if given.get("image") in NEUTRAL_IMAGES:
        yield from machine_sizes.mixed_processors(machine, given.get("size"), "size")


def _sizes(*names: str) -> dict[str, Json]:
    return {"of": {"type": "string", "default": names[0], "allowed_values": [*names]}}


RULES = (
    *_of_both(
        "type",
        _type,
        limit="Instance types are EC2's own, and not every region has each.",
        source=f"{_GUIDE}/instance-types.html",
        accepted=(
            Example({"size": "m7g.large"}),
            Example({"size": "xlarge"}, region="mx-central-1"),
        ),
        refused=(
            Example({"size": "Standard_D2s_v5"}, "/size"),
            Example({"size": "db.t3.micro"}, "/size"),
            Example({"size": "t3.16xlarge"}, "/size"),
            Example({"size": "f2.6xlarge"}, "/size", region="sa-east-1"),
            Example(
                {"size": {"var": "machine"}},
                "/size",
                variables={"machine": {"type": "string", "default": "t3.huge"}},
            ),
        ),
    ),
    *_of_both(
        "user-data",
        _user_data,
        limit="User data has at most 16 KB before it is encoded; characters beyond ASCII take "
        "more than one byte.",
        source=f"{_GUIDE}/user-data.html",
        accepted=(Example({"user_data": "x" * 16384}),),
        refused=(Example({"user_data": "\u00e4" * 8193}, "/user_data"),),
    ),
    *_of_both(
        "image",
        _image,
        limit="Images are ami- and 8 or 17 hexadecimal digits; a variable holds nothing else.",
        source=f"{_GUIDE}/AMIs.html",
        accepted=(
            Example({"image": "debian-12"}),
            Example({"image": "ami-0abcdef1234567890"}),
        ),
        refused=(
            Example({"image": "ubuntu-24.4"}, "/image"),
            Example({"image": "Canonical:ubuntu:24_04:latest"}, "/image"),
            Example(
                {"image": {"var": "system"}},
                "/image",
                variables={"system": {"type": "string", "default": "ubuntu-24.04"}},
            ),
        ),
    ),
    *_of_both(
        "processor",
        _processor,
        limit="A neutral image is sought for one kind of processor: a size that environments, keys "
        "or a choice decide is always Arm or never.",
        source=f"{_GUIDE}/instance-types.html",
        accepted=(
            Example({"size": {"var": "of"}}, variables=_sizes("t4g.small", "m7g.large")),
            Example({"size": {"var": "of"}}, variables=_sizes("small", "m7i.large")),
            Example(
                {"size": {"var": "of"}, "image": "ami-0abcdef1234567890"},
                variables=_sizes("t4g.small", "small"),
            ),
        ),
        refused=(
            Example({"size": {"var": "of"}}, "/size", variables=_sizes("t4g.small", "t3.small")),
        ),
    ),
    *_of_both(
        "publisher",
        _publisher,
        limit="Accounts are others in each partition, and with them the owners of images.",
        source="https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/",
        accepted=(
            Example({"image": "ubuntu-24.04"}, region="cn-north-1"),
            Example({"image": "amazon-linux-2023"}, region="us-gov-west-1"),
        ),
        refused=(Example({"image": "debian-12"}, "/image", region="cn-north-1"),),
    ),
)

LIMITS = (
    Limit("compute_instance", "gp3 disks have 1 to 16,384 GiB.", "the type: from 8"),
    Limit("compute_instance", "A machine has at most 5 security groups.", "the type"),
    Limit(
        "compute_instance",
        "The image is built for the machine's processor.",
        "the generated search for neutral images, by what is known of the size; of an id it is not",
    ),
    Limit("compute_instance", "Names of key pairs have at most 255 characters.", "the type"),
    Limit("compute_instance", "vCPUs in a region are a quota.", "nothing: accounts differ"),
    Limit("autoscaling_group", "min ≤ desired ≤ max.", "the type"),
    Limit("autoscaling_group", "Names have at most 255 characters.", "the generated names"),
    Limit("autoscaling_group", "500 groups in a region (a quota).", "nothing: accounts differ"),
)
