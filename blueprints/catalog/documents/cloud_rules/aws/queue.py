"""SQS."""

from __future__ import annotations

from blueprints.catalog.documents.cloud_rules.rule import Limit

LIMITS = (
    Limit("queue", "Visibility time-outs are 0 to 43,200 s.", "the type"),
    Limit("queue", "Messages are kept for 60 to 1,209,600 s.", "the type"),
    Limit("queue", "Messages are delayed by 0 to 900 s.", "the type"),
    Limit("queue", "Messages have at most 1 MiB.", "the type"),
    Limit("queue", "Readers wait 0 to 20 s.", "the type"),
    Limit("queue", "A dead-letter queue is FIFO if and only if its source is.", "the type"),
    Limit("queue", "A message is tried 1 to 1,000 times.", "the type"),
    Limit("queue", "Names have at most 80 characters, .fifo at their end.", "the generated names"),
    Limit(
        "queue",
        "Visibility against the time-out of functions.",
        "`aws-function-visibility`, at the function",
    ),
)
