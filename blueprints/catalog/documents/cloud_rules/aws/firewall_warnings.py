"""What stands in a network without a firewall of its own and so is cut off: warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.documents.cloud_rules.rule import Example, Rule, rule
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_KINDS = ("autoscaling-group", "cache", "compute-instance", "database")


def _unguarded(subject: Subject) -> Iterator[Problem]:
    """What names no firewall gets the network's default group, which lets nothing through."""
    if subject.listed("firewalls") or subject.properties.get("type") == "network":
        return
    own = subject.target("subnet")
    subnets = [subnet for _, subnet in subject.targets("subnets")] or ([own] if own else [])
    # Of a network that exists already nobody here knows what its default group lets through.
    if any(subnet.target("network") for subnet in subnets):
        message = "It names no firewall, and without one nothing gets in or out."
        fix = 'Name "firewalls" with the rules that it needs.'
        yield Problem.warning((), message, fix=fix)


def _of(kind: str, also: tuple[Example, ...] = ()) -> Rule:
    return rule(
        f"aws-{kind}/no-firewall",
        limit="What names no firewall is closed: it gets its network's default group.",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        accepted=(Example({"firewalls": [{"ref": "wall"}]}), *also),
        refused=(Example({}),),
        severity="warning",
    )(_unguarded)


_OPEN = {
    "id": "open",
    "type": "firewall",
    "properties": {"network": {"ref": "main"}, "ingress": [{"port": 80, "cidrs": ["0.0.0.0/0"]}]},
}


@rule(
    "aws-load-balancer/closed",
    limit="Nobody reaches a load balancer whose firewalls let nothing in.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "load-balancer-update-security-groups.html",
    accepted=(Example({"firewalls": [{"ref": "wall"}, {"ref": "open"}]}, beside=(_OPEN,)),),
    refused=(Example({"firewalls": [{"ref": "wall"}]}, "/firewalls"),),
    severity="warning",
)
def closed(balancer: Subject) -> Iterator[Problem]:
    """One of its firewalls lets something in, by itself or by what relations made."""
    named = balancer.listed("firewalls")
    known = [guard for _, guard in balancer.targets("firewalls")]
    # Of a firewall that exists already nobody here knows what it lets in.
    if named and len(known) == len(named) and not any(g.properties["ingress"] for g in known):
        message = "Nobody reaches it: none of its firewalls lets anything in."
        fix = "Allow ingress to its listeners, or connect a component to it."
        yield Problem.warning(("firewalls",), message, fix=fix)


_NETWORK_BALANCER = {"type": "network", "listeners": [{"port": 5000, "protocol": "tcp"}]}
RULES = (
    *map(_of, _KINDS),
    closed,
    _of("load-balancer", also=(Example(_NETWORK_BALANCER),)),
)
