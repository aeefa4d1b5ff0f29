"""Routes: what load balancers forward to, and which names stand for them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from blueprints.catalog.component_types.dns_records import APEX
from blueprints.catalog.documents.expressions import Ref
from blueprints.catalog.problems import Problem, quoted

from .connections import open_ports
from .ports import target_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.model import Component, Relation

    from .context import RelationContext


def balance(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Make the target one of the load balancer's, and let requests reach it."""
    balancer, target = context[relation.source], context[relation.target]
    refusal = _refusal(balancer, target, context)
    if refusal:
        yield Problem.error((), refusal)
        return
    if target.type == "function":
        context.put(balancer.id, "function", Ref(target.id))
        return
    if target.type == "compute_instance":
        context.append(balancer.id, "targets", Ref(target.id))
    else:
        context.put(target.id, "load_balancer", Ref(balancer.id))
    yield from open_ports(balancer, context[target.id], target_ports(balancer), context)


def _refusal(balancer: Component, target: Component, context: RelationContext) -> str:
    """Return why a load balancer cannot forward to a target; nothing if it can."""
    if not target_ports(balancer):
        return f"Every listener of {quoted(balancer.id)} redirects: add one that forwards."
    if target.type == "function":
        return _refusal_of_function(balancer, target, context)
    if context.network_of(balancer) is not context.network_of(target):
        return f"{quoted(balancer.id)} and {quoted(target.id)} stand in different networks."
    alone = balancer.properties.get("function")
    if alone:
        return f"{quoted(balancer.id)} forwards to function {quoted(alone.component)} only."
    other = target.properties.get("load_balancer")
    if other and other.component != balancer.id:
        return f"{quoted(target.id)} belongs to load balancer {quoted(other.component)} already."
    return ""


def _refusal_of_function(balancer: Component, function: Component, context: RelationContext) -> str:
    if balancer.properties["type"] != "application":
        return "Only an application load balancer can forward to a function."
    own = balancer.properties.get("function")
    if _has_machines(balancer, context) or (own and own.component != function.id):
        return (
            f"{quoted(balancer.id)} forwards to something else already, and a function must be "
            "its only target: add another load balancer."
        )
    return ""


def _has_machines(balancer: Component, context: RelationContext) -> bool:
    groups = (
        each.properties.get("load_balancer") == Ref(balancer.id)
        for each in context.components.values()
        if each.type == "autoscaling_group"
    )
    return bool(balancer.properties["targets"]) or any(groups)


def name_balancer(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Let the domain itself stand for a load balancer, unless a record does."""
    zone, balancer = context[relation.source], Ref(relation.target)
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
    context.append(zone.id, "records", record)
