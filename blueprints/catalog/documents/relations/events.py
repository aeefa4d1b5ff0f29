"""Triggers: what happens in one component starts another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from blueprints.catalog.documents.model import Ref
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.model import Component, Relation

    from .context import RelationContext

BATCH_SIZE = 10


def take_messages(relation: Relation, context: RelationContext) -> Iterator[Problem]:
    """Let a function handle the messages of a queue."""
    queue, function = context[relation.source], context[relation.target]
    triggers = function.properties["queues"]
    if any(trigger["queue"] == Ref(queue.id) for trigger in triggers):
        return
    yield from _slower_than_the_queue(queue, function)
    trigger = MappingProxyType({"queue": Ref(queue.id), "batch_size": BATCH_SIZE})
    context.append(function.id, "queues", trigger)


def _slower_than_the_queue(queue: Component, function: Component) -> Iterator[Problem]:
    """A message must stay hidden for as long as a call may take.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    visible, limit = (
        queue.properties["visibility_timeout_seconds"],
        function.properties["timeout_seconds"],
    )
    if isinstance(visible, int) and isinstance(limit, int) and limit > visible:
        message = (
            f"{quoted(function.id)} may take {limit} s, but a message of {quoted(queue.id)} is "
            f"shown again after {visible} s: raise its visibility_timeout_seconds."
        )
        yield Problem.error((), message)


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
