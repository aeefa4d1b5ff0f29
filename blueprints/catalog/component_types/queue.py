from __future__ import annotations

from . import fields
from .base import Attribute, ComponentType

DAY_S = 86_400

TYPE = ComponentType(
    name="queue",
    title="Queue",
    category="messaging",
    description="Messages that wait until someone handles them.",
    schema=fields.properties(
        {
            "fifo": fields.flag(
                "Whether order is kept and each message is delivered once.", default=False
            ),
            "visibility_timeout_seconds": fields.integer(
                "Seconds that a message taken stays hidden from others.",
                minimum=0,
                maximum=DAY_S // 2,
                default=30,
            ),
            "retention_seconds": fields.integer(
                "Seconds that an unread message is kept.",
                minimum=60,
                maximum=14 * DAY_S,
                default=4 * DAY_S,
            ),
            "delay_seconds": fields.integer(
                "Seconds before a new message can be read.", minimum=0, maximum=900, default=0
            ),
            "max_message_kib": fields.integer(
                "Largest message, in KiB.", minimum=1, maximum=1024, default=256, literal=True
            ),
            "receive_wait_seconds": fields.integer(
                "Seconds that a reader waits for a message before it gets none.",
                minimum=0,
                maximum=20,
                default=20,
            ),
            "encrypted": fields.flag("Whether messages are encrypted at rest.", default=True),
            "dead_letter": fields.record(
                "Where messages go that cannot be handled.",
                {
                    "queue": fields.component(
                        "The queue that takes them, first-in first-out if this one is.",
                        "queue",
                        same=["fifo"],
                    ),
                    "max_receives": fields.integer(
                        "Attempts before a message goes there.",
                        minimum=1,
                        maximum=1000,
                        default=5,
                    ),
                },
                required=["queue"],
            ),
        },
        example={"visibility_timeout_seconds": 60, "dead_letter": {"queue": {"ref": "failed"}}},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the queue."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("url", "string", "The address that clients use."),
    ),
    clouds={
        "aws": "aws_sqs_queue",
        "azure": "azurerm_servicebus_queue",
        "google": "google_pubsub_topic, google_pubsub_subscription",
    },
    relations={"triggers": ("function",)},
)
