"""Connections: the rules by which firewalls let one component reach another, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents.expressions import Ref
from blueprints.catalog.problems import Problem, quoted

from .ports import Port, covers_internet, covers_peer, covers_port, listens_on, target_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprints.catalog.documents.model import Component, Relation

    from .context import RelationContext

    Rule = Mapping[str, Any]

_DESCRIPTION = "Opened by a relation"
_MACHINES = ("autoscaling_group", "compute_instance")
_PEERS = {"ingress": "source", "egress": "destination"}


def connect(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Let the source reach the ports that the target listens on."""
    source, target = context[relation.source], context[relation.target]
    if target.existing:
        yield context.not_managed(target.id, "a firewall's rule")
        return
    if source.type == "load_balancer":
        ports = target_ports(source)
    else:
        ports = listens_on(target) or tuple(Port(number) for number in relation.ports)
    if relation.ports and (source.type == "load_balancer" or target.type not in _MACHINES):
        message = f"What {quoted(target.id)} listens on is known: remove the ports."
        yield Problem.error(("ports",), message)
    elif ports:
        yield from open_ports(source, target, ports, context)
    elif not _is_open(_Way(source, target, context)):
        message = (
            f"Nothing says which ports {quoted(target.id)} listens on: give the relation "
            '"ports", such as [8080].'
        )
        yield Problem.error((), message, "missing-ports")


def open_ports(
    source: Component, target: Component, ports: tuple[Port, ...], context: RelationContext
) -> Iterator[Problem]:
    """Let one component reach ports of another, through rules between their firewalls."""
    here, there = context.network_of(source), context.network_of(target)
    if _is_public(target, here is there):
        yield from _reach_public(source, target, ports, context)
    elif here is None or there is None or here.id != there.id:
        place = f"in network {quoted(here.id)}" if here else "in no network"
        message = (
            f"{quoted(source.id)} stands {place} and cannot reach {quoted(target.id)}: put both "
            "into one network."
        )
        yield Problem.error(("to",), message, "unreachable")
    else:
        yield from _open_between(_Way(source, target, context), ports)


@dataclass(frozen=True, slots=True)
class _Way:
    """From one component to another, inside a network."""

    source: Component
    target: Component
    context: RelationContext

    def rules(self, direction: str) -> Iterator[Rule]:
        """Yield the rules that are asked on one side."""
        for guard in _guards(self.target if direction == "ingress" else self.source):
            yield from self.context[guard].properties.get(direction, ())

    def lets(self, direction: str, matches: Callable[[Rule], bool]) -> bool:
        """Whether one side lets the other through by a rule that matches."""
        if direction == "egress" and self.source.type == "container_cluster":
            return True  # the group that a cluster makes for its nodes lets everything out
        other = self.source if direction == "ingress" else self.target
        groups, subnets = _groups(other), self.context.subnets_of(other)
        return any(
            matches(rule) and covers_peer(rule, groups, subnets) for rule in self.rules(direction)
        )


def _guards(component: Component) -> tuple[str, ...]:
    return tuple(guard.component for guard in component.properties.get("firewalls", ()))


def _groups(component: Component) -> frozenset[str]:
    """Return what rules call a component by: its firewalls; of a cluster, its nodes' own group."""
    if component.type == "container_cluster":
        return frozenset({component.id, *_guards(component)})
    return frozenset(_guards(component))


def _is_open(way: _Way) -> bool:
    return all(way.lets(direction, lambda _: True) for direction in _PEERS)


def _open_between(way: _Way, ports: tuple[Port, ...]) -> Iterator[Problem]:
    closed = [
        (direction, port)
        for direction in _PEERS
        for port in ports
        if not way.lets(direction, partial(covers_port, port=port))
    ]
    if not closed:
        return
    bare = [each.id for each in (way.source, way.target) if not _chosen(each, way)]
    if bare:
        yield _no_firewall(bare)
        return
    for direction, port in closed:
        yield from _add_rule(way, direction, port)
    yield from _shared(way, {direction for direction, _ in closed})


def _chosen(component: Component, way: _Way) -> str:
    """Return the firewall that rules are written with: the one that fewest components name.

    One that is only looked up takes no rules, and one that stands several times cannot be named
    in any: these are the last choice.
    """
    if component is way.source and component.type == "container_cluster":
        return component.id
    guards = _guards(component)
    return min(guards, key=lambda guard: _cost(guard, way.context)) if guards else ""


def _cost(guard: str, context: RelationContext) -> tuple[bool, int]:
    firewall = context[guard]
    return bool(firewall.existing or firewall.repeat), len(context.users[guard])


def _add_rule(way: _Way, direction: str, port: Port) -> Iterator[Problem]:
    source, target = (_chosen(each, way) for each in (way.source, way.target))
    owner, peer = (target, source) if direction == "ingress" else (source, target)
    if way.context[owner].existing:
        yield way.context.not_managed(owner, "a rule")
        return
    if way.context[peer].repeat:
        message = (
            f"{quoted(peer)} stands several times, and a firewall's rule names one: give "
            "the component that names it another firewall."
        )
        yield Problem.error((), message)
        return
    rule = MappingProxyType(
        {
            "description": _DESCRIPTION,
            "protocol": port.protocol,
            "port": port.number,
            _PEERS[direction]: Ref(peer),
        }
    )
    way.context.append(owner, direction, rule)


def _no_firewall(bare: list[str]) -> Problem:
    names = " and ".join(quoted(name) for name in bare)
    message = (
        f"No rule can be made for this: {names} name{'s' if len(bare) == 1 else ''} no firewall."
    )
    fix = f'Name a firewall in "firewalls" of {names}: the relation then opens it.'
    return Problem.warning((), message, "missing-firewall", fix=fix)


def _shared(way: _Way, directions: set[str]) -> Iterator[Problem]:
    """Tell whoever shares a firewall with others that they are let through too."""
    source, target, context = way.source, way.target, way.context
    sides = {
        "egress": (source, context.sources(target.id)),
        "ingress": (target, context.targets(source.id)),
    }
    for direction in sorted(directions):
        component, related = sides[direction]
        guard = _chosen(component, way)
        others = context.others(guard, sharing={component.id, *related})
        if others:
            names = " and ".join(quoted(name) for name in others[:3])
            message = (
                f"The rules stand in firewall {quoted(guard)}, which {names} "
                f"name{'s' if len(others) == 1 else ''} too: what is opened is open to all of them."
            )
            fix = f"Give {quoted(component.id)} a firewall of its own."
            yield Problem.warning((), message, "shared-access", fix=fix)


def _is_public(target: Component, same_network: bool) -> bool:
    """Whether a component is reached at a public address."""
    properties = target.properties
    if target.type == "load_balancer":
        return not properties["internal"]
    names = {
        "database": "public_access",
        "container_cluster": "public_endpoint",
        "autoscaling_group": "public_ip",
        "compute_instance": "public_ip",
    }
    return not same_network and properties.get(names.get(target.type, "")) is True


def _reach_public(
    source: Component, target: Component, ports: tuple[Port, ...], context: RelationContext
) -> Iterator[Problem]:
    """Check what no rule between firewalls can open: the way over public addresses."""
    sides = {"egress": source, "ingress": target}
    for direction, component in sides.items():
        guards = _guards(component)
        rules = [rule for guard in guards for rule in context[guard].properties.get(direction, ())]
        outside = direction == "egress" and not context.subnets_of(component)
        is_closed = any(
            not any(covers_port(rule, port) and covers_internet(rule) for rule in rules)
            for port in ports
        )
        if guards and is_closed and not outside and component.type != "container_cluster":
            message = (
                f"{quoted(target.id)} is reached at a public address, which rules between "
                f"firewalls do not concern, and {direction} of {quoted(component.id)} does not "
                "allow that."
            )
            fix = f"Allow the address blocks in {direction}, or keep both inside the network."
            yield Problem.warning(("to",), message, "unreachable", fix=fix)
