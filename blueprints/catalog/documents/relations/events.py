"""Triggers: what happens in one component starts another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from blueprints.catalog.documents.expressions import Ref
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.model import Relation

    from .context import RelationContext

BATCH_SIZE = 10


def take_messages(relation: Relation, context: RelationContext) -> tuple[Problem, ...]:
    """Let a function handle the messages of a queue; the cloud's rules know how fast it must be."""
    queue, function = context[relation.source], context[relation.target]
    triggers = function.properties["queues"]
    if all(trigger["queue"] != Ref(queue.id) for trigger in triggers):
        trigger = MappingProxyType({"queue": Ref(queue.id), "batch_size": BATCH_SIZE})
        context.append(function.id, "queues", trigger)
    return ()


def notify_of_objects(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Call a function for each object that is put into a bucket."""
    bucket = context[relation.source]
    others = [ref.component for ref in bucket.properties.get("notifies", ())]
    if others:
        message = (
            f"{quoted(bucket.id)} calls {quoted(others[0])} for each object already, and can call "
            "one function only: let that one call the other."
        )
        yield Problem.error((), message)
        return
    context.append(bucket.id, "notifies", Ref(relation.target))
