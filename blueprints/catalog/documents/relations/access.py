"""Rights: what the role of a component may do to another, by way of the cloud's own interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.documents.expressions import Ref
from blueprints.catalog.problems import Problem, quoted

from .ports import HTTPS, Port, covers_internet, covers_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.model import Component, Relation

    from .context import RelationContext

_RIGHTS = {"reads_from": "reads", "writes_to": "writes"}
#: Types whose programs act in a role that is made for them when none is named.
_OWN_ROLE = ("container_cluster", "function")
_BUILT_IN = {"container_cluster": "the nodes, and so to every pod,"}


def grant_data(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Let the source's role read or write the target."""
    yield from _grant(relation, _RIGHTS[relation.type], context)


def grant_invocation(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Let the source's role call the target: it is its code that does so."""
    yield from _grant(relation, "invokes", context)


def _grant(relation: Relation, right: str, context: RelationContext) -> Iterator[Problem]:
    source = context[relation.source]
    role = source.properties.get("role")
    if role is None and source.type not in _OWN_ROLE:
        message = (
            f"{quoted(source.id)} has no role that this right could be given to: add a role whose "
            f'trusted_service is compute_instance, and name it in its property "role".'
        )
        yield Problem.error(("from",), message, "missing-role")
        return
    holder = role.component if role else source.id
    if context[holder].existing:
        yield context.not_managed(holder, "the right")
    elif context.append(holder, right, Ref(relation.target)):
        yield from _shared(source, holder, relation, context)
    yield from _unreachable(source, context)


def _shared(
    source: Component, holder: str, relation: Relation, context: RelationContext
) -> Iterator[Problem]:
    sharing = {source.id, *context.sources(relation.target)}
    others = context.others(holder, sharing=sharing) if holder != source.id else ()
    if source.type in _BUILT_IN:
        message = (
            f"The right is given to the role of {_BUILT_IN[source.type]} of {quoted(source.id)}."
        )
        fix = "Where pods must differ, give them roles of their own in Kubernetes instead."
        yield Problem.warning((), message, "shared-access", fix=fix)
    elif others:
        names = " and ".join(quoted(name) for name in others[:3])
        message = f"The right is given to role {quoted(holder)}, in which {names} act too."
        fix = f"Give {quoted(source.id)} a role of its own."
        yield Problem.warning((), message, "shared-access", fix=fix)


def _unreachable(source: Component, context: RelationContext) -> Iterator[Problem]:
    """Warn where a component cannot reach the cloud's interfaces, however many rights it has."""
    network = context.network_of(source)
    if network is None:
        return
    if network.properties.get("nat") == "none" and not _has_public_address(source, context):
        message = (
            f"{quoted(source.id)} has the right but no way to the cloud's interfaces: nothing "
            f"leads out of its subnets in network {quoted(network.id)}."
        )
        fix = f"Set nat of {quoted(network.id)}, or give the network an endpoint of the service."
        yield Problem.warning(("from",), message, "unreachable-service", fix=fix)
    elif _is_shut_in(source, context):
        message = (
            f"{quoted(source.id)} has the right but no way to the cloud's interfaces: none of its "
            "firewalls lets https out."
        )
        fix = "Allow egress to port 443."
        yield Problem.warning(("from",), message, "unreachable-service", fix=fix)


def _has_public_address(source: Component, context: RelationContext) -> bool:
    public = any(subnet.properties.get("public") for subnet in context.subnets_of(source))
    return public and source.properties.get("public_ip") is True


def _is_shut_in(source: Component, context: RelationContext) -> bool:
    guards = source.properties["firewalls"]
    if source.type == "container_cluster" or not guards:
        return False
    rules = (
        rule for guard in guards for rule in context[guard.component].properties.get("egress", ())
    )
    return not any(covers_port(rule, Port(HTTPS)) and covers_internet(rule) for rule in rules)
