"""Security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types.firewall import MOST_RULES
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.cloud_rules.context import Subject

_QUOTAS = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_DIRECTIONS = (("ingress", "source"), ("egress", "destination"))


def _ports(count: int, *blocks: str) -> list[dict[str, Any]]:
    return [{"port": port, "cidrs": list(blocks)} for port in range(1, count + 1)]


_THREE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


@rule(
    "aws-firewall/rules",
    limit="A security group has at most 60 rules in each direction, counted for IPv4 and IPv6 "
    "apart; each address block is a rule.",
    source=f"{_QUOTAS}#vpc-limits-security-groups",
    accepted=(
        Example({"ingress": _ports(20, *_THREE)}),
        Example({"ingress": _ports(40, "10.0.0.0/8", "2001:db8::/32")}),
        Example({"ingress": _ports(60, "10.0.0.0/8"), "egress": _ports(60, "10.0.0.0/8")}),
    ),
    refused=(
        Example({"ingress": _ports(21, *_THREE)}, "/ingress"),
        Example({"egress": _ports(31, "2001:db8::/32", "2001:db9::/32")}, "/egress"),
        Example(
            {"ingress": [*_ports(59, "10.0.0.0/8"), {"port": 80, "cidrs": list(_THREE[1:])}]},
            "/ingress",
        ),
    ),
)
def rules(firewall: Subject) -> Iterator[Problem]:
    """Neither direction has more rules than a security group may."""
    for direction, peer in _DIRECTIONS:
        listed = firewall.listed(direction)
        for family, mark in (("IPv4", "."), ("IPv6", ":")):
            count = sum(_rules(rule, peer, mark) for rule in listed)
            if count > MOST_RULES:
                message = (
                    f"Each address block is a rule: these are {count} for {family}, and a security "
                    f"group has at most {MOST_RULES}. Take wider blocks or port ranges, or divide "
                    "the firewall into several."
                )
                yield Problem.error((direction,), message)


def _rules(rule: Mapping[str, Any], peer: str, mark: str) -> int:
    """Count what one entry becomes; a group on the other side counts for both families."""
    blocks = rule.get("cidrs")
    if peer in rule:
        return 1
    if not isinstance(blocks, tuple):
        return 0
    return sum(1 for block in blocks if not isinstance(block, str) or mark in block)


RULES = (rules,)

LIMITS = (
    Limit("firewall", "Ports are 0 to 65535 and belong to tcp and udp only.", "the type"),
    Limit("firewall", "Descriptions have at most 255 characters.", "the type"),
    Limit(
        "firewall",
        "Descriptions hold letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* only.",
        "the type for the group, the generated code for its rules",
    ),
    Limit("firewall", "A rule's other side is in the same network.", "the document's checks"),
    Limit("firewall", "An interface has at most 5 security groups (a quota).", "the types"),
    Limit("firewall", "2,500 security groups in a region (a quota).", "nothing: accounts differ"),
)
