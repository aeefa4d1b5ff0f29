"""What relations mean: each is worth the properties that would say the same.

``lb routes_to web`` names ``web`` among the targets of ``lb`` and opens the firewalls between
them, as if the author had written so. What the properties say already is not added again: what is
declared twice exists once, and whatever works on a document afterwards sees one way of saying it.

A relation that cannot come true is refused; one that does more or less than its author may think
is a warning. Some properties that are added have no place in a document: functions and clusters
have ``reads``, ``writes`` and ``invokes``, buckets ``notifies``, load balancers ``function``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprints.catalog.problems import Problem, quoted

from .access import grant_data, grant_invocation
from .connections import connect
from .context import RelationContext
from .events import notify_of_objects, take_messages
from .routes import balance, name_balancer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from blueprints.catalog.documents.model import Document, Relation

    Meaning = Callable[[Relation, RelationContext], Iterable[Problem]]

_SERVERS = ("cache", "database")
_SERVICES = ("object_storage", "queue", "secret")
_BALANCED = ("autoscaling_group", "compute_instance", "function")

#: By relation and type of the target; routes and triggers also by type of the source.
_BY_TARGET: Mapping[tuple[str, str], Meaning] = {
    **{
        ("connects_to", target): connect
        for target in (
            *_SERVERS,
            "autoscaling_group",
            "compute_instance",
            "container_cluster",
            "load_balancer",
        )
    },
    **{(kind, target): connect for kind in ("reads_from", "writes_to") for target in _SERVERS},
    **{(kind, target): grant_data for kind in ("reads_from", "writes_to") for target in _SERVICES},
}
_BY_ENDS: Mapping[tuple[str, str, str], Meaning] = {
    **{("routes_to", "load_balancer", target): balance for target in _BALANCED},
    ("routes_to", "dns_zone", "load_balancer"): name_balancer,
    ("triggers", "queue", "function"): take_messages,
    ("triggers", "object_storage", "function"): notify_of_objects,
    ("triggers", "function", "function"): grant_invocation,
}


def meaning(relation_type: str, source_type: str, target_type: str) -> Meaning | None:
    """Return what applies a relation between components of these types; None if nothing does."""
    by_ends = _BY_ENDS.get((relation_type, source_type, target_type))
    return by_ends or _BY_TARGET.get((relation_type, target_type))


@dataclass(frozen=True, slots=True)
class Applied:
    """What relations come to.

    Attributes:
        document: with what they mean written into its components.
        problems: why some cannot come true, and what their author should know about others.
    """

    document: Document
    problems: tuple[Problem, ...]


def apply(document: Document) -> Applied:
    """Write what relations mean into the components of a document.

    Args:
        document: one in which nothing else is wrong, so that whatever is named is there.
    """
    context = RelationContext.of(document)
    found = {
        index: tuple(
            replace(problem, path=("relations", index, *problem.path))
            for problem in _apply(relation, context)
        )
        for index, relation in _in_order(document)
    }
    changed = tuple(context[component.id] for component in document.components)
    return Applied(
        replace(document, components=changed),
        tuple(problem for index in sorted(found) for problem in found[index]),
    )


def _in_order(document: Document) -> list[tuple[int, Relation]]:
    """Return the relations in an order that does not depend on where they stand."""
    return sorted(
        enumerate(document.relations),
        key=lambda item: (item[1].type, item[1].source, item[1].target),
    )


def _apply(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    ends = (context[relation.source].type, context[relation.target].type)
    means = meaning(relation.type, *ends)
    if relation.ports and means is not connect:
        yield Problem.error(("ports",), f"{relation.type} opens no ports of its own: remove them.")
    elif means is not None:
        yield from means(relation, context)
    while context.overfull:
        owner, name, most = context.overfull.pop()
        message = (
            f"With what relations add, {quoted(owner)} has more than {most} in {quoted(name)}: "
            "divide it into several."
        )
        yield Problem.error((), message, "too-many")
