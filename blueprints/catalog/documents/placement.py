"""Where components stand: address blocks, networks and zones must agree."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from blueprints.catalog.problems import Path, Problem, quoted

from .expressions import Ref
from .known_values import BY_DEFAULT, Case

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .drafts import ComponentDraft, Draft

#: The widest and narrowest blocks of a network and its subnets. AWS: "VPC CIDR blocks" in the
#: VPC user guide; Azure: the virtual network FAQ; Google: "Valid IPv4 ranges" in the VPC guide.
_PREFIXES = {"aws": (16, 28), "azure": (8, 29), "google": (8, 29)}


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield where blocks lie wrongly, networks are mixed or zones are too few."""
    yield from block_problems(draft)
    yield from _gateways_without_place(draft)
    for component_draft in draft.components:
        yield from _mixed_networks(draft, component_draft)
        yield from _too_few_zones(draft, component_draft)


def block_problems(draft: Draft, values: Mapping[str, Any] = BY_DEFAULT) -> Iterator[Problem]:
    """Yield where blocks lie wrongly.

    Args:
        draft: what could be read of the document.
        values: of variables in one environment; the others are what they are by default.
    """
    blocks = dict(_blocks(draft, values))
    for component, block in blocks.items():
        yield from _block_problems(draft, draft.by_id[component], block)
    yield from _outside_network(draft, blocks)
    yield from _overlaps(draft, blocks)


def _blocks(draft: Draft, values: Mapping[str, Any]) -> Iterator[tuple[str, IPv4Network]]:
    """Yield the blocks of networks and subnets that are known."""
    case = Case(draft, values)
    for each in draft.everything:
        if each.component.type in {"network", "subnet"}:
            block = case.properties(each).get("cidr")
            if isinstance(block, str):
                yield each.component.id, ipaddress.IPv4Network(block)


def _cidr_path(component: ComponentDraft) -> Path:
    return (*component.path, "properties", "cidr")


def _block_problems(
    draft: Draft, component: ComponentDraft, block: IPv4Network
) -> Iterator[Problem]:
    path = _cidr_path(component)
    unusable = {
        "loopback": block.is_loopback,
        "link-local": block.is_link_local,
        "multicast": block.is_multicast,
        "reserved": block.is_reserved,
        '"this network"': block.overlaps(IPv4Network("0.0.0.0/8")),
    }
    for name, applies in unusable.items():
        if applies:
            message = (
                f"{block} holds {name} addresses, which no machine can have (RFC 6890): take "
                "one from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
            )
            yield Problem.error(path, message, "unusable-block")
            return
    widest, narrowest = _PREFIXES.get(draft.cloud or "", (0, 32))
    if not widest <= block.prefixlen <= narrowest:
        message = f"{draft.cloud} takes blocks from /{widest} to /{narrowest}, not {block}."
        yield Problem.error(path, message, "unusable-block")


def _network_of(draft: Draft, component_id: str) -> str | None:
    """Return the network that a network, subnet or firewall is or belongs to, if known."""
    known = draft.by_id.get(component_id)
    if known is None or known.component.type not in {"network", "subnet", "firewall"}:
        return None
    if known.component.type == "network":
        return component_id
    network = known.component.properties["network"]
    return network.component if isinstance(network, Ref) else None


def _outside_network(draft: Draft, blocks: Mapping[str, IPv4Network]) -> Iterator[Problem]:
    for subnet in draft.everything:
        if subnet.component.type != "subnet":
            continue
        network = _network_of(draft, subnet.component.id) or ""
        block, whole = blocks.get(subnet.component.id), blocks.get(network)
        if block and whole and not block.subnet_of(whole):
            message = (
                f"{block} lies outside {whole}, the block of {quoted(network)}: "
                "take a part of that."
            )
            yield Problem.error(_cidr_path(subnet), message, "outside-network")


def _overlaps(draft: Draft, blocks: Mapping[str, IPv4Network]) -> Iterator[Problem]:
    """Compare neighbours only: blocks nest or are apart, so sorting puts overlaps together."""
    by_network: dict[str, list[ComponentDraft]] = defaultdict(list)
    for subnet in draft.everything:
        network = _network_of(draft, subnet.component.id)
        if network and subnet.component.type == "subnet" and subnet.component.id in blocks:
            by_network[network].append(subnet)
    for subnets in by_network.values():
        subnets.sort(key=lambda subnet: blocks[subnet.component.id])
        widest = subnets[0]
        for subnet in subnets[1:]:
            block, other = blocks[subnet.component.id], blocks[widest.component.id]
            if block.overlaps(other):
                message = f"{block} overlaps {other}, the block of {quoted(widest.component.id)}."
                yield Problem.error(_cidr_path(subnet), message, "overlapping-subnets")
            else:
                widest = subnet


def _gateways_without_place(draft: Draft) -> Iterator[Problem]:
    """A NAT gateway stands in a public subnet; one for each zone, in one of that zone."""
    zones = _zones(draft)
    for network in draft.components:
        if network.component.type != "network" or network.component.properties["nat"] == "none":
            continue
        private, public = zones[network.component.id]
        if network.component.properties["nat"] == "per_zone":
            missing = private - public
        else:
            missing = private if not public else set()
        if missing:
            message = (
                f"A NAT gateway needs a public subnet, and there is none for zone "
                f"{' and '.join(sorted(missing))}: add one, or set nat to none."
            )
            path = (*network.path, "properties", "nat")
            yield Problem.error(path, message, "nat-without-public-subnet")


def _zones(draft: Draft) -> Mapping[str, tuple[set[str], set[str]]]:
    """Return the zones of each network's private and of its public subnets."""
    zones: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for subnet in draft.everything:
        network = _network_of(draft, subnet.component.id)
        if network and subnet.component.type == "subnet":
            properties = subnet.component.properties
            zones[network][properties["public"]].add(properties["zone"])
    return zones


def _mixed_networks(draft: Draft, component: ComponentDraft) -> Iterator[Problem]:
    """All networks, subnets and firewalls that a component names belong to one network."""
    first: tuple[str, str] | None = None
    for use, reference in component.references():
        network = None if reference.attribute else _network_of(draft, reference.component)
        if network is None:
            continue
        if first is None:
            first = (reference.component, network)
        elif network != first[1]:
            message = (
                f"{quoted(reference.component)} belongs to {quoted(network)}, but "
                f"{quoted(first[0])} to {quoted(first[1])}: a component lies in one network."
            )
            yield Problem.error((*use.path, "ref"), message, "mixed-networks")


def _too_few_zones(draft: Draft, component: ComponentDraft) -> Iterator[Problem]:
    wanted = component.component.component_type.zones(component.component.properties)
    if wanted == 1:
        return
    subnets = [
        draft.by_id.get(subnet.component) for subnet in component.component.properties["subnets"]
    ]
    zones = {
        subnet.component.properties["zone"]
        for subnet in subnets
        if subnet and subnet.component.type == "subnet"
    }
    if len(zones) < wanted and None not in subnets:
        message = (
            f"These subnets stand in {'one zone' if len(zones) == 1 else f'{len(zones)} zones'}; "
            f"a {component.component.type} like this needs subnets in at least {wanted}."
        )
        path = (*component.path, "properties", "subnets")
        yield Problem.error(path, message, "too-few-zones")
