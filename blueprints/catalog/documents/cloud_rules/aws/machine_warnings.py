"""What EC2, RDS and ElastiCache take of machines and is a mistake all the same: warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws import machine_types
from blueprints.catalog.documents.cloud_rules.rule import Check, Example, Rule, rule
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_DATABASES = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide"
_BEGINNINGS = (
    "#!",
    "#cloud-",
    "#include",
    "#part-handler",
    "## template",
    "Content-Type:",
    "MIME-",
)


def _user_data(machine: Subject) -> Iterator[Problem]:
    text = machine.text("user_data")
    if text and not text.startswith(_BEGINNINGS):
        message = "Machines ignore this: its first line does not say what it is."
        yield Problem.warning(("user_data",), message, fix="Begin with #!/bin/sh or #cloud-config.")


def _public_ip(machine: Subject) -> Iterator[Problem]:
    named = [subnet for _, subnet in machine.targets("subnets")]
    own = machine.target("subnet")
    private = [subnet for subnet in (*named, *([own] if own else [])) if subnet.is_off("public")]
    if machine.is_on("public_ip") and private:
        message = f"From {private[0].id} no route leads to the internet: the address is of no use."
        fix = 'Name public subnets, or set "public_ip" to false.'
        yield Problem.warning(("public_ip",), message, fix=fix)


def _unknown_type(machine: Subject) -> Iterator[Problem]:
    yield from _unknown("ec2", machine)


def _unknown(service: machine_types.Service, subject: Subject) -> Iterator[Problem]:
    size = subject.text("size") or ""
    family = size.rpartition(".")[0]
    fine = not machine_types.fault(service, size, subject.region)
    if family and fine and family not in machine_types.catalogue(service).types:
        message = f"{family} is in no list of AWS' machines that is known here."
        yield Problem.warning(("size",), message, fix="See whether it is spelt so; it may be new.")


def _of_machines(name: str, check: Check, **about: Any) -> tuple[Rule, ...]:
    kinds = ("compute-instance", "autoscaling-group")
    return tuple(rule(f"aws-{kind}/{name}", severity="warning", **about)(check) for kind in kinds)


RULES = (
    *_of_machines(
        "ignored-user-data",
        _user_data,
        limit="User data begins with what says how it is run.",
        source="https://cloudinit.readthedocs.io/en/latest/explanation/format.html",
        accepted=(
            Example({"user_data": "#!/bin/sh\nreboot"}),
            Example({"user_data": "#cloud-config\npackages: [nginx]"}),
        ),
        refused=(Example({"user_data": "apt-get install nginx"}, "/user_data"),),
    ),
    *_of_machines(
        "unknown-type",
        _unknown_type,
        limit="Families of instance types are on AWS' list.",
        source=f"{_EC2}/instance-types.html",
        accepted=(Example({"size": "m7g.large"}),),
        refused=(Example({"size": "z99q.large"}, "/size"),),
    ),
    rule(
        "aws-compute-instance/private-address",
        limit="A public address is of use in public subnets only.",
        source=f"{_EC2}/using-instance-addressing.html",
        accepted=(Example({"public_ip": True, "subnet": {"ref": "public-a"}}),),
        refused=(Example({"public_ip": True}, "/public_ip"),),
        severity="warning",
    )(_public_ip),
    rule(
        "aws-autoscaling-group/private-address",
        limit="A public address is of use in public subnets only.",
        source=f"{_EC2}/using-instance-addressing.html",
        accepted=(Example({"public_ip": True, "subnets": [{"ref": "public-a"}]}),),
        refused=(Example({"public_ip": True}, "/public_ip"),),
        severity="warning",
    )(_public_ip),
    rule(
        "aws-database/unknown-class",
        limit="Families of instance classes are on AWS' list.",
        source=f"{_DATABASES}/Concepts.DBInstanceClass.html",
        accepted=(Example({"size": "db.r7g.large"}),),
        refused=(Example({"size": "db.z99q.large"}, "/size"),),
        severity="warning",
    )(lambda subject: _unknown("rds", subject)),
    rule(
        "aws-cache/unknown-node-type",
        limit="Families of node types are on AWS' list.",
        source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/"
        "CacheNodes.SupportedTypes.html",
        accepted=(Example({"size": "cache.r7g.large"}),),
        refused=(Example({"size": "cache.z99q.large"}, "/size"),),
        severity="warning",
    )(lambda subject: _unknown("elasticache", subject)),
)
