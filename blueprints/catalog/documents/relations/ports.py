"""Which ports components listen on, and whether a firewall's rule lets them through."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types.cache import PORTS as CACHE_PORTS
from blueprints.catalog.component_types.database import PORTS as DATABASE_PORTS
from blueprints.catalog.component_types.formats import ANYWHERE
from blueprints.catalog.documents.expressions import Ref, Var

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.model import Component

HTTPS = 443


@dataclass(frozen=True, slots=True)
class Port:
    """A port that takes connections; its number may be known only later."""

    number: int | Var | Ref
    protocol: str = "tcp"


def listens_on(component: Component) -> tuple[Port, ...]:
    """Return the ports of a component whose type or properties say them; machines have none."""
    properties = component.properties
    match component.type:
        case "database":
            return (Port(properties.get("port", DATABASE_PORTS[properties["engine"]])),)
        case "cache":
            return (Port(CACHE_PORTS[properties["engine"]]),)
        case "load_balancer":
            return tuple(_listener_ports(component))
        case "container_cluster":
            return (Port(HTTPS),)
        case _:
            return ()


def _listener_ports(balancer: Component) -> Iterator[Port]:
    for listener in balancer.properties["listeners"]:
        yield Port(listener["port"], "udp" if listener["protocol"] == "udp" else "tcp")


def target_ports(balancer: Component) -> tuple[Port, ...]:
    """Return the ports that a load balancer reaches its targets at.

    Health is checked by TCP also where what is forwarded is UDP:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
    """
    ports: dict[Port, None] = {}
    for listener in balancer.properties["listeners"]:
        if listener["redirect_to_https"]:
            continue
        number = listener.get("target_port", listener["port"])
        if listener["protocol"] == "udp":
            ports[Port(number, "udp")] = None
        ports[Port(number)] = None
    return tuple(ports)


def covers_port(rule: Mapping[str, Any], port: Port) -> bool:
    """Whether a firewall's rule is about a port."""
    if rule["protocol"] == "all":
        return True
    if rule["protocol"] != port.protocol:
        return False
    if "port" in rule:
        return bool(rule["port"] == port.number)
    number = port.number
    return isinstance(number, int) and rule["from_port"] <= number <= rule["to_port"]


def covers_peer(
    rule: Mapping[str, Any], groups: frozenset[str], subnets: tuple[Component, ...]
) -> bool:
    """Whether a rule is about a component: one of its groups, or all of its subnets."""
    peer = rule.get("source") or rule.get("destination")
    if peer is not None:
        return peer.component in groups
    return bool(subnets) and all(_covers_subnet(rule["cidrs"], subnet) for subnet in subnets)


def covers_internet(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is about every address, or may be: what is known later gets the benefit."""
    blocks = rule.get("cidrs", ())
    return not isinstance(blocks, tuple) or any(
        not isinstance(block, str) or block == ANYWHERE for block in blocks
    )


def _covers_subnet(blocks: Any, subnet: Component) -> bool:
    if not isinstance(blocks, tuple):
        return False
    known = {Ref(subnet.id, "cidr"), Ref(subnet.properties["network"].component, "cidr")}
    return any(block in known or _holds(block, subnet.properties.get("cidr")) for block in blocks)


def _holds(outer: Any, inner: Any) -> bool:
    if outer == ANYWHERE:
        return True
    if not isinstance(outer, str) or not isinstance(inner, str):
        return False
    wide, narrow = ipaddress.ip_network(outer), ipaddress.ip_network(inner)
    return (
        isinstance(wide, ipaddress.IPv4Network)
        and isinstance(narrow, ipaddress.IPv4Network)
        and narrow.subnet_of(wide)
    )
