"""Routes: what load balancers forward to, and which names stand for them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from blueprints.catalog.documents.model import Ref
from blueprints.catalog.problems import Problem, quoted

from .connections import open_ports
from .ports import target_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.model import Component, Relation

    from .estate import Estate

APEX = "@"


def balance(relation: Relation, estate: Estate) -> Iterator[Problem]:
    """Make the target one of the load balancer's, and let requests reach it."""
    balancer, target = estate[relation.source], estate[relation.target]
    refusal = _refusal(balancer, target, estate)
    if refusal:
        yield Problem.error((), refusal)
        return
    if target.type == "function":
        estate.put(balancer.id, "function", Ref(target.id))
        return
    if target.type == "compute_instance":
        estate.append(balancer.id, "targets", Ref(target.id))
    else:
        estate.put(target.id, "load_balancer", Ref(balancer.id))
    yield from open_ports(balancer, estate[target.id], target_ports(balancer), estate)


def _refusal(balancer: Component, target: Component, estate: Estate) -> str:
    """Return why a load balancer cannot forward to a target; nothing if it can."""
    if not target_ports(balancer):
        return f"Every listener of {quoted(balancer.id)} redirects: add one that forwards."
    if target.type == "function":
        return _refusal_of_function(balancer, target, estate)
    if estate.network_of(balancer) is not estate.network_of(target):
        return f"{quoted(balancer.id)} and {quoted(target.id)} stand in different networks."
    alone = balancer.properties.get("function")
    if alone:
        return f"{quoted(balancer.id)} forwards to function {quoted(alone.component)} only."
    other = target.properties.get("load_balancer")
    if other and other.component != balancer.id:
        return f"{quoted(target.id)} belongs to load balancer {quoted(other.component)} already."
    return ""


def _refusal_of_function(balancer: Component, function: Component, estate: Estate) -> str:
    if balancer.properties["type"] != "application":
        return "Only an application load balancer can forward to a function."
    own = balancer.properties.get("function")
    if _has_machines(balancer, estate) or (own and own.component != function.id):
        return (
            f"{quoted(balancer.id)} forwards to something else already, and a function must be "
            "its only target: add another load balancer."
        )
    return ""


def _has_machines(balancer: Component, estate: Estate) -> bool:
    groups = (
        each.properties.get("load_balancer") == Ref(balancer.id)
        for each in estate.components.values()
        if each.type == "autoscaling_group"
    )
    return bool(balancer.properties["targets"]) or any(groups)


def name_balancer(relation: Relation, estate: Estate) -> Iterator[Problem]:
    """Let the domain itself stand for a load balancer, unless a record does."""
    zone, balancer = estate[relation.source], Ref(relation.target)
    records = zone.properties["records"]
    if any(record.get("alias") == balancer for record in records):
        return
    if any(record["name"] == APEX and record["type"] == "A" for record in records):
        message = (
            f"The domain of {quoted(zone.id)} stands for something else already: add a record with "
            f"the alias {quoted(balancer.component)} under the name you want."
        )
        yield Problem.error((), message)
        return
    record = MappingProxyType({"name": APEX, "type": "A", "ttl_seconds": 300, "alias": balancer})
    estate.append(zone.id, "records", record)
