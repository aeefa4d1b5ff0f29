"""Queues: SQS, encrypted by AWS's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    reference,
    resource,
    tags,
    value,
)
from blueprints.generation.ir import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

LONGEST_NAME = 80
BYTES_PER_KIB = 1024
# Arguments of the resource and the properties that they take over unchanged.
_COPIED = {
    "visibility_timeout_seconds": "visibility_timeout_seconds",
    "message_retention_seconds": "retention_seconds",
    "delay_seconds": "delay_seconds",
    "receive_wait_time_seconds": "receive_wait_seconds",
}


def queue(component: Component, context: Context) -> Iterator[Node]:
    """Build a queue; one that keeps order recognises repeated messages by their content."""
    properties = component.properties
    fifo = properties["fifo"]
    ending = ".fifo" if fifo else ""
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_NAME, ending=ending),
        "fifo_queue": fifo or None,
        "content_based_deduplication": fifo or None,
        **{name: value(properties[source], context) for name, source in _COPIED.items()},
        "max_message_size": properties["max_message_kib"] * BYTES_PER_KIB,
        "sqs_managed_sse_enabled": properties["encrypted"],
        "redrive_policy": _redrive(component, context),
        "tags": tags(component),
    }
    yield resource("aws_sqs_queue", component, arguments)


def _redrive(component: Component, context: Context) -> Value:
    """Say where messages go in the end; nothing is said too, or the provider leaves what was."""
    rule = component.properties.get("dead_letter")
    if rule is None:
        return ""
    target = reference("aws_sqs_queue", rule["queue"].component, "arn")
    attempts = value(rule["max_receives"], context)
    return Json({"deadLetterTargetArn": target, "maxReceiveCount": attempts})


MAPPINGS = (
    TypeMapping(
        "queue",
        "queues",
        queue,
        {name: attribute("aws_sqs_queue", name) for name in ("id", "name", "arn", "url")},
    ),
)
