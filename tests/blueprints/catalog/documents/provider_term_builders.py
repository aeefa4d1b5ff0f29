"""Components that say something in a provider's own words."""

from __future__ import annotations

from typing import Any

from .builders import Json, document, part

VARIABLES: Json = {
    "key": {"type": "string"},
    "hours": {"type": "number"},
    "blocks": {"type": "list"},
    "token": {"type": "string", "secret": True},
}


def queue(**members: Any) -> Json:
    return document({**part("jobs", "queue"), **members}, variables=VARIABLES)


def overridden(resource: str = "aws_sqs_queue", **arguments: Any) -> Json:
    return queue(overrides={"aws": {resource: arguments}})


def raw(resource: str, *others: Json, **arguments: Any) -> Json:
    return document(
        part("it", "raw", resource=resource, arguments=arguments), *others, variables=VARIABLES
    )
