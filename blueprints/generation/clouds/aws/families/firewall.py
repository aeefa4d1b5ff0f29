"""Firewalls: security groups, each rule a resource of its own.

Rules of their own let two groups name each other, which rules inside the groups could not.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from blueprints.catalog.documents import Ref, Var
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
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
    description = component.properties.get("description") or f"Firewall {component.id}"
    arguments = {
        "name": naming.name(component, limit=LONGEST_NAME),
        "description": description,
        "vpc_id": reference("aws_vpc", network_id, "id"),
        "tags": tags(component),
    }
    yield resource("aws_security_group", component, arguments)
    taken: Counter[str] = Counter()
    for direction, peer in _PEERS.items():
        for rule in component.properties[direction]:
            yield _rule(component, direction, peer, rule, taken, context)


def _rule(
    component: Component,
    direction: str,
    peer: str,
    rule: Mapping[str, Any],
    taken: Counter[str],
    context: Context,
) -> Node:
    first, last = _ports(rule)
    part = _part(direction, rule, taken)
    arguments: dict[str, Value | None] = {
        "security_group_id": reference("aws_security_group", component.id, "id"),
        "type": direction,
        "protocol": _PROTOCOLS.get(rule["protocol"], rule["protocol"]),
        "from_port": value(first, context),
        "to_port": value(last, context),
        **_other_side(rule, component, peer, context),
        "description": _description(rule),
    }
    return resource("aws_security_group_rule", component, arguments, part=part)


def _ports(rule: Mapping[str, Any]) -> tuple[Port, Port]:
    if rule["protocol"] == "all":
        return _ALL_PORTS
    if rule["protocol"] == "icmp":
        return _ALL_ICMP
    single = rule.get("port")
    return (rule["from_port"], rule["to_port"]) if single is None else (single, single)


def _part(direction: str, rule: Mapping[str, Any], taken: Counter[str]) -> str:
    """Name a rule by what it lets through, so that moving it in the document changes nothing."""
    first, last = _ports(rule)
    ports = [] if rule["protocol"] in {"all", "icmp"} else [_label(first)]
    ports += [_label(last)] if first != last else []
    part = "_".join([direction, rule["protocol"], *ports])
    taken[part] += 1
    return part if taken[part] == 1 else f"{part}-{taken[part]}"


def _label(port: Port) -> str:
    """Write a port in a name; a relation's port may be known only later."""
    if isinstance(port, Var):
        return f"var_{port.name}"
    return str(port).replace(".", "_")


def _other_side(
    rule: Mapping[str, Any], component: Component, peer: str, context: Context
) -> dict[str, Value]:
    if peer not in rule:
        return _address_blocks(value(rule["cidrs"], context))
    if rule[peer].component == component.id:
        return {"self": True}
    return {"source_security_group_id": _group(context.component(rule[peer].component))}


def _group(peer: Component) -> Value:
    """Refer to a firewall's group, or to the one that EKS makes for the nodes of a cluster."""
    if peer.type == "container_cluster":
        return reference("aws_eks_cluster", peer.id, "vpc_config", 0, "cluster_security_group_id")
    return reference("aws_security_group", peer.id, "id")


def _address_blocks(blocks: Value) -> dict[str, Value]:
    if not isinstance(blocks, tuple):
        return {"cidr_blocks": blocks}
    version_6 = tuple(block for block in blocks if _is_version_6(block))
    version_4 = tuple(block for block in blocks if not _is_version_6(block))
    sides: dict[str, Value] = {"cidr_blocks": version_4, "ipv6_cidr_blocks": version_6}
    return {name: members for name, members in sides.items() if members}


def _is_version_6(block: Value) -> bool:
    return isinstance(block, str) and ipaddress.ip_network(block).version == 6  # noqa: PLR2004 - IPv6


def _description(rule: Mapping[str, Any]) -> str | None:
    text = rule.get("description")
    return _NOT_IN_DESCRIPTIONS.sub("-", text) if text else None


MAPPINGS = (
    TypeMapping("firewall", "firewalls", firewall, {"id": attribute("aws_security_group", "id")}),
)
