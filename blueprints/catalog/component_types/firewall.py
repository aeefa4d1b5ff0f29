from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, Problem

from . import fields
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WITH_PORTS = ("tcp", "udp")
LAST_PORT = 65535
MOST_RULES = 60  # of a direction; AWS's quota, the lowest of the clouds


def _port(description: str) -> dict[str, Any]:
    return fields.integer(description, minimum=0, maximum=LAST_PORT, literal=True)


def _rule(peer: str, peer_description: str) -> dict[str, Any]:
    return fields.record(
        "One kind of traffic that is allowed; all else is refused.",
        {
            "description": fields.text("Why it is allowed.", max_length=255, literal=True),
            "protocol": fields.choice(
                "The protocol; tcp and udp need ports, icmp and all have none.",
                *WITH_PORTS,
                "icmp",
                "all",
                default="tcp",
            ),
            "port": _port("The only port."),
            "from_port": _port("The first port of a range."),
            "to_port": _port("The last port of a range."),
            "cidrs": fields.address_blocks("Address blocks on the other side."),
            peer: fields.component(peer_description, "firewall", unordered=True),
        },
    )


def check_rules(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Each rule names its ports in one way and the other side in one way."""
    for direction, peer in (("ingress", "source"), ("egress", "destination")):
        for index, rule in enumerate(properties[direction]):
            for message in (*_port_faults(rule), *_peer_faults(rule, peer)):
                yield Problem.error((direction, index), message)


def check_repetitions(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Nothing is allowed twice: clouds refuse a rule that they have already."""
    for direction, peer in (("ingress", "source"), ("egress", "destination")):
        seen: dict[tuple[object, ...], int] = {}
        for index, rule in enumerate(properties[direction]):
            for path, side in _other_sides(rule, peer):
                traffic = (*_traffic(rule), side)
                if traffic in seen:
                    message = (
                        f"Rule {seen[traffic] + 1} of the list allows this already: name each "
                        "other side once for the same protocol and ports."
                    )
                    yield Problem.error((direction, index, *path), message)
                seen.setdefault(traffic, index)


def _traffic(rule: Mapping[str, Any]) -> tuple[object, ...]:
    protocol = rule["protocol"]
    if protocol not in WITH_PORTS:
        return (protocol,)
    single = rule.get("port")
    return protocol, rule.get("from_port", single), rule.get("to_port", single)


def _other_sides(rule: Mapping[str, Any], peer: str) -> Iterator[tuple[Path, object]]:
    """Yield each block and group of a rule, with its place; blocks however they are written."""
    if peer in rule:
        yield (peer,), rule[peer]
    blocks = rule.get("cidrs", ())
    if not isinstance(blocks, tuple):
        yield ("cidrs",), blocks
        return
    for index, block in enumerate(blocks):
        side = ipaddress.ip_network(block) if isinstance(block, str) else block
        yield ("cidrs", index), side


def _port_faults(rule: Mapping[str, Any]) -> Iterator[str]:
    single, first, last = (rule.get(name) for name in ("port", "from_port", "to_port"))
    named = [value for value in (single, first, last) if value is not None]
    if rule["protocol"] not in WITH_PORTS:
        if named:
            yield f"Protocol {rule['protocol']} has no ports: remove them, or name tcp or udp."
    elif not named:
        yield 'Say which port: "port", or "from_port" and "to_port".'
    elif single is not None and len(named) > 1:
        yield 'Give either "port" or "from_port" and "to_port", not both.'
    elif single is None and (first is None or last is None):
        yield 'A range needs both "from_port" and "to_port".'
    elif first is not None and last is not None and first > last:
        yield f"The range {first} to {last} is empty: from_port comes first."


def _peer_faults(rule: Mapping[str, Any], peer: str) -> Iterator[str]:
    if ("cidrs" in rule) == (peer in rule):
        yield f'Name the other side once: either "cidrs" or "{peer}".'


TYPE = ComponentType(
    name="firewall",
    title="Firewall",
    category="networking",
    description="Which traffic may reach and leave the components that name it. It starts closed.",
    schema=fields.properties(
        {
            "network": fields.component("The network it belongs to.", "network"),
            "description": fields.text(
                "What it protects.",
                max_length=255,
                pattern="^[A-Za-z0-9 ._:/()#,@+=&;{}!$*\\[\\]-]*$",
                literal=True,
            ),
            "ingress": fields.listing(
                "Traffic that may come in.",
                _rule("source", "The firewall whose members may connect."),
                max_items=MOST_RULES,
                default=(),
            ),
            "egress": fields.listing(
                "Traffic that may go out. Without a rule, none may.",
                _rule("destination", "The firewall whose members may be reached."),
                max_items=MOST_RULES,
                default=(),
            ),
        },
        required=["network"],
        example={
            "network": {"ref": "main"},
            "ingress": [{"protocol": "tcp", "port": 443, "cidrs": ["10.0.0.0/8"]}],
            "egress": [{"protocol": "tcp", "port": 5432, "destination": {"ref": "data-firewall"}}],
        },
    ),
    attributes=(Attribute("id", "string", "The cloud's id of the firewall."),),
    clouds={
        "aws": "aws_security_group, aws_security_group_rule",
        "azure": "azurerm_network_security_group",
        "google": "google_compute_firewall",
    },
    checks=(check_rules, check_repetitions),
)
