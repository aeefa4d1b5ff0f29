"""Firewalls: security groups, each rule a resource of its own.

Rules of their own let two groups name each other, which rules inside the groups could not.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from blueprints.catalog.documents import Ref, Var
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    label,
    reference,
    resource,
    tags,
    value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

Port: TypeAlias = int | Ref | Var

LONGEST_NAME = 255
_ALL_PORTS = (0, 0)
_ALL_ICMP = (-1, -1)
# What AWS allows in a rule's description, the rest of printable ASCII excluded:
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
_NOT_IN_DESCRIPTIONS = re.compile(r"[^0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]")
_PEERS = {"ingress": "source", "egress": "destination"}
_PROTOCOLS = {"all": "-1"}


def firewall(component: Component, context: Context) -> Iterator[Node]:
    """Build a security group without rules, then its rules. Without egress rules none may out."""
    network_id = component.properties["network"].component
    description = component.properties.get("description") or f"Firewall {component.identity}"
    arguments = {
        "name_prefix": naming.name_prefix(component, limit=LONGEST_NAME),
        "description": description,
        "vpc_id": reference("aws_vpc", network_id, "id"),
        "tags": tags(component),
    }
    yield resource(
        "aws_security_group",
        component,
        arguments,
        # A group that is in use cannot be deleted, and another text is no reason to replace it.
        create_before_destroy=True,
        ignore_changes=("description",),
    )
    rules = (
        _rule(component, direction, rule, side, context)
        for direction, peer in _PEERS.items()
        for rule in component.properties[direction]
        for side in _sides(rule, component, peer, context)
    )
    # What one rule allows for two reasons is allowed once.
    yield from {rule.address: rule for rule in rules}.values()


@dataclass(frozen=True, slots=True)
class _Side:
    """The other side of a rule: one address block, or one group.

    Attributes:
        label: what it is called in addresses.
        arguments: how the rule names it.
    """

    label: str
    arguments: Mapping[str, Value]


def _rule(
    component: Component, direction: str, rule: Mapping[str, Any], side: _Side, context: Context
) -> Node:
    first, last = _ports(rule)
    arguments: dict[str, Value | None] = {
        "security_group_id": reference("aws_security_group", component.id, "id"),
        "type": direction,
        "protocol": _protocol(rule["protocol"], side),
        "from_port": value(first, context),
        "to_port": value(last, context),
        **side.arguments,
        "description": _description(rule),
    }
    part = _part(direction, rule, side, context)
    return resource("aws_security_group_rule", component, arguments, part=part)


def _protocol(name: str, side: _Side) -> str:
    """Return AWS's name of a protocol; IPv6 has an ICMP of its own.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    if name == "icmp" and "ipv6_cidr_blocks" in side.arguments:
        return "icmpv6"
    return _PROTOCOLS.get(name, name)


def _ports(rule: Mapping[str, Any]) -> tuple[Port, Port]:
    if rule["protocol"] == "all":
        return _ALL_PORTS
    if rule["protocol"] == "icmp":
        return _ALL_ICMP
    single = rule.get("port")
    return (rule["from_port"], rule["to_port"]) if single is None else (single, single)


def _part(direction: str, rule: Mapping[str, Any], side: _Side, context: Context) -> str:
    """Name a rule by what it lets through, so that no other rule's coming or going touches it."""
    has_ports = rule["protocol"] not in {"all", "icmp"}
    ports = dict.fromkeys(_ports(rule)) if has_ports else {}
    labels = (label(port, context) for port in ports)
    return "_".join([direction, rule["protocol"], *labels, side.label])


def _sides(
    rule: Mapping[str, Any], component: Component, peer: str, context: Context
) -> Iterator[_Side]:
    if peer in rule:
        yield _group_side(rule[peer], component, context)
    elif isinstance(rule["cidrs"], tuple):
        yield from (_block_side(block, context) for block in rule["cidrs"])
    else:
        yield _Side(label(rule["cidrs"], context), {"cidr_blocks": value(rule["cidrs"], context)})


def _group_side(peer: Ref, component: Component, context: Context) -> _Side:
    other = context.component(peer.component)
    name = naming.part(other.identity)
    if other.id == component.id:
        return _Side(name, {"self": True})
    return _Side(name, {"source_security_group_id": _group(other)})


def _group(peer: Component) -> Value:
    """Refer to a firewall's group, or to the one that EKS makes for the nodes of a cluster."""
    if peer.type == "container_cluster":
        return reference("aws_eks_cluster", peer.id, "vpc_config", 0, "cluster_security_group_id")
    return reference("aws_security_group", peer.id, "id")


def _block_side(block: Any, context: Context) -> _Side:
    """Build one rule for each block: changing one must not cut off the others."""
    if not isinstance(block, str):
        return _Side(label(block, context), {"cidr_blocks": (value(block, context),)})
    network = ipaddress.ip_network(block)
    if network.version == 6:  # noqa: PLR2004 - IPv6
        return _Side(naming.part(str(network)), {"ipv6_cidr_blocks": (block,)})
    return _Side(re.sub("[./]", "-", str(network)), {"cidr_blocks": (block,)})


def _description(rule: Mapping[str, Any]) -> str | None:
    text = rule.get("description")
    return _NOT_IN_DESCRIPTIONS.sub("-", text) if text else None


MAPPINGS = (
    TypeMapping("firewall", "firewalls", firewall, {"id": attribute("aws_security_group", "id")}),
)
