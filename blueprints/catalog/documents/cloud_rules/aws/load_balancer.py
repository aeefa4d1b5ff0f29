"""Elastic Load Balancing: application and network load balancers."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.partitions import partition_fault, region_of
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem, quoted

from .networks import without_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_APPLICATION = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application"
_CREATE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html"
LONGEST_PREFIX = 27
_CERTIFICATE = re.compile(
    r"arn:[a-z-]+:(acm:[a-z0-9-]+:[0-9]{12}:certificate/|iam::[0-9]{12}:server-certificate/).+"
)
_PUBLIC = [{"ref": "public-a"}, {"ref": "public-b"}]
_PRIVATE = [{"ref": "private-a"}, {"ref": "private-b"}]


def _subnet(name: str, block: str, zone: str) -> dict[str, Any]:
    properties = {"network": {"ref": "main"}, "cidr": block, "zone": zone, "public": True}
    return {"id": name, "type": "subnet", "properties": properties}


_SHOWN = "/listeners/0/certificate"


def _with_certificate(arn: str, at: str = "", region: str = "us-east-1") -> Example:
    listener = {"port": 443, "protocol": "https", "certificate": arn}
    return Example({"listeners": [listener]}, at, region=region)


_THIRD = (_subnet("third", "10.0.9.0/24", "a"),)


@rule(
    "aws-load-balancer/zones",
    limit="A load balancer has at most one subnet in each zone.",
    source=_CREATE,
    accepted=(Example({"subnets": _PUBLIC}),),
    refused=(
        Example({"subnets": [*_PUBLIC, {"ref": "third"}]}, "/subnets/2", beside=_THIRD),
        Example(
            {
                "type": "network",
                "subnets": [{"ref": "public-a"}, {"ref": "third"}],
                "listeners": [{"port": 80, "protocol": "tcp"}],
            },
            "/subnets/1",
            beside=_THIRD,
        ),
    ),
)
def zones(balancer: Subject) -> Iterator[Problem]:
    """No two of its subnets stand in one zone."""
    taken: dict[str, str] = {}
    for index, subnet in balancer.targets("subnets"):
        zone = subnet.text("zone")
        if zone is None:
            continue
        if zone in taken:
            message = (
                f"{subnet.id} stands in zone {zone} like {taken[zone]}: a load balancer takes one "
                "subnet of each zone, so name one of the two."
            )
            yield Problem.error(("subnets", index), message)
        taken.setdefault(zone, subnet.id)


@rule(
    "aws-load-balancer/internet-way",
    limit="An internet-facing load balancer stands in public subnets, which have a route to an "
    "internet gateway.",
    source=f"{_APPLICATION}/create-application-load-balancer.html",
    accepted=(
        Example({"subnets": _PUBLIC}),
        Example({"subnets": _PRIVATE, "internal": True}),
        Example({"subnets": [{"ref": "bare-a"}, {"ref": "bare-b"}], "internal": True}),
    ),
    refused=(
        Example({"subnets": [{"ref": "bare-a"}, {"ref": "bare-b"}]}, "/subnets"),
        Example({"subnets": _PRIVATE, "internal": False}, "/subnets"),
        Example({"subnets": [{"ref": "public-a"}, {"ref": "private-b"}]}, "/subnets/1"),
    ),
)
def internet_way(balancer: Subject) -> Iterator[Problem]:
    """What the internet should reach stands where it can."""
    if not balancer.is_off("internal"):
        return
    subnets = balancer.targets("subnets")
    closed = [(index, subnet) for index, subnet in subnets if subnet.is_off("public")]
    network = next((net for _, subnet in closed if (net := subnet.target("network"))), None)
    advice = 'make it public, or set "internal" to true'
    if network is not None and without_gateway(network):
        message = (
            f"A load balancer faces the internet unless it is internal, and the network "
            f"{network.id} has no public subnet, so no internet gateway: name public subnets, or "
            'set "internal" to true.'
        )
        yield Problem.error(("subnets",), message)
    elif closed and len(closed) == len(subnets):
        names = " and ".join(subnet.id for _, subnet in closed)
        message = (
            f"A load balancer faces the internet unless it is internal, and {names} have no route "
            'to it: name public subnets, or set "internal" to true.'
        )
        yield Problem.error(("subnets",), message)
    else:
        for index, subnet in closed:
            message = f"The subnet {subnet.id} has no route to the internet: {advice}."
            yield Problem.error(("subnets", index), message)


@rule(
    "aws-load-balancer/subnet-size",
    limit="Each subnet of an application load balancer is a /27 or larger, with 8 free addresses.",
    source=f"{_APPLICATION}/application-load-balancers.html#subnets-load-balancer",
    accepted=(
        Example(
            {"subnets": [{"ref": "third"}, {"ref": "public-b"}]},
            beside=(_subnet("third", "10.0.9.0/27", "a"),),
        ),
    ),
    refused=(
        Example(
            {"subnets": [{"ref": "third"}, {"ref": "public-b"}]},
            "/subnets/0",
            beside=(_subnet("third", "10.0.9.0/28", "a"),),
        ),
    ),
)
def subnet_size(balancer: Subject) -> Iterator[Problem]:
    """There is room for what the load balancer grows into."""
    if balancer.properties["type"] != "application":
        return
    for index, subnet in balancer.targets("subnets"):
        block = subnet.text("cidr")
        if block and ipaddress.IPv4Network(block).prefixlen > LONGEST_PREFIX:
            message = (
                f"{subnet.id} is {block}: an application load balancer needs subnets of "
                f"/{LONGEST_PREFIX} or larger."
            )
            yield Problem.error(("subnets", index), message)


@rule(
    "aws-load-balancer/certificate",
    limit="A certificate is one of ACM in the load balancer's region, or one in IAM.",
    source=f"{_APPLICATION}/https-listener-certificates.html",
    accepted=(
        _with_certificate("arn:aws:acm:us-east-1:111122223333:certificate/12345678"),
        _with_certificate("arn:aws:iam::111122223333:server-certificate/shop"),
        _with_certificate(
            "arn:aws-cn:acm:cn-north-1:111122223333:certificate/12345678", region="cn-north-1"
        ),
    ),
    refused=(
        _with_certificate("shop.example.com", _SHOWN),
        _with_certificate("arn:aws:acm:eu-west-1:111122223333:certificate/12345678", _SHOWN),
        _with_certificate(
            "arn:aws:acm:cn-north-1:111122223333:certificate/12345678", _SHOWN, "cn-north-1"
        ),
    ),
)
def certificate(balancer: Subject) -> Iterator[Problem]:
    """Listeners show certificates that they can get at."""
    region = balancer.region
    for index, listener in enumerate(balancer.listed("listeners")):
        arn = listener.get("certificate")
        if isinstance(arn, str) and (message := _certificate_fault(arn, region)):
            yield Problem.error(("listeners", index, "certificate"), message)


def _certificate_fault(arn: str, region: str) -> str:
    if not _CERTIFICATE.fullmatch(arn):
        return (
            f"{quoted(arn)} names no certificate of AWS: write its ARN, such as "
            f"arn:aws:acm:{region}:111122223333:certificate/12345678."
        )
    if message := partition_fault(arn, region):
        return message
    if region_of(arn) not in {"", region}:
        return f"The certificate is one of {region_of(arn)}: take one of {region}."
    return ""


RULES = (
    zones,
    internet_way,
    subnet_size,
    certificate,
)

LIMITS = (
    Limit("load_balancer", "An application load balancer spans two zones or more.", "the type"),
    Limit("load_balancer", "At most 50 listeners (a quota), each with its own port.", "the type"),
    Limit("load_balancer", "Application: http, https; network: tcp, tls, udp.", "the type"),
    Limit("load_balancer", "https and tls need a certificate.", "the type"),
    Limit("load_balancer", "Health checks: interval 5-300 s, time-out 2-120 s.", "the type"),
    Limit(
        "load_balancer", "The time-out of a health check is shorter than its interval.", "the type"
    ),
    Limit("load_balancer", "2 to 10 answers decide on health.", "the type"),
    Limit("load_balancer", "Idle connections are closed after 1 to 4,000 s.", "the type"),
    Limit("load_balancer", "At most 5 security groups.", "the type"),
    Limit("load_balancer", "Names have at most 32 characters.", "the generated names"),
    Limit("load_balancer", "1,000 targets, 100 target groups (quotas).", "the type's 100 targets"),
    Limit("load_balancer", "50 load balancers in a region (a quota).", "nothing: accounts differ"),
)
