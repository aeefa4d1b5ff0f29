"""Security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types.firewall import MOST_RULES
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.documents.expressions import Var
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


_BLOCK = {"ingress": [{"port": 443, "cidrs": [{"var": "office"}]}]}
_BLOCKS = {"egress": [{"port": 443, "cidrs": {"var": "partners"}}]}


def _office(**members: Any) -> dict[str, Any]:
    return {"office": {"type": "string", **members}}


@rule(
    "aws-firewall/variable-block",
    limit="A rule has a place for IPv4 blocks and another for IPv6: a variable fills the first.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
    accepted=(
        Example(_BLOCK, variables=_office(default="192.0.2.0/24")),
        Example(_BLOCK, variables=_office()),
        Example({"ingress": [{"port": 443, "cidrs": ["2001:db8::/32"]}]}),
    ),
    refused=(
        Example(_BLOCK, "/ingress/0/cidrs/0", variables=_office(default="2001:db8::/32")),
        Example(
            _BLOCK,
            "/ingress/0/cidrs/0",
            variables=_office(allowed_values=["192.0.2.0/24", "2001:db8::/32"]),
        ),
        Example(
            _BLOCKS,
            "/egress/0/cidrs",
            variables={"partners": {"type": "list", "default": ["10.0.0.0/8", "2001:db8::/32"]}},
        ),
    ),
)
def variable_block(firewall: Subject) -> Iterator[Problem]:
    """What a variable holds is IPv4, as the generated rule takes it to be."""
    for direction, _ in _DIRECTIONS:
        for index, entry in enumerate(firewall.component.properties[direction]):
            for path, variable in _variables(entry.get("cidrs", ())):
                values = firewall.context.values_of(variable)
                if any(":" in text for value in values for text in _texts(value)):
                    message = (
                        f"A variable stands for IPv4 blocks here, and {variable.name} may hold "
                        "IPv6: write IPv6 blocks as they are."
                    )
                    yield Problem.error((direction, index, *path), message)


def _texts(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, tuple) else (value,):
        if isinstance(each, str):
            yield each


def _variables(blocks: Any) -> Iterator[tuple[tuple[str | int, ...], Var]]:
    if isinstance(blocks, Var):
        yield ("cidrs",), blocks
    for index, block in enumerate(blocks if isinstance(blocks, tuple) else ()):
        if isinstance(block, Var):
            yield ("cidrs", index), block


RULES = (rules, variable_block)

LIMITS = (
    Limit("firewall", "IPv6 has an ICMP of its own, icmpv6.", "the generated code"),
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
