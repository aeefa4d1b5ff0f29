"""A blueprint whose version is a module, and documents that use it."""

from __future__ import annotations

from typing import Any

from .builders import Json, document, part, ref, var

JOBS = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"
KEY = f"{JOBS}@3"
AT = "/components/0/properties"
VARIABLES: Json = {
    "delay": {"type": "number", "default": 1, "max": 900},
    "team": {"type": "string", "default": "core"},
    "keys": {"type": "list", "default": ["a"]},
    "odd": {"type": "map", "element": {"type": "number"}, "default": {}},
}
INNER = document(
    part("jobs", "queue", delay_seconds=var("delay")) | {"tags": {"Team": var("team")}},
    part("each", "queue") | {"for_each": var("keys")},
    part("more", "raw", resource="aws_sns_topic", arguments={"tags": {"n": "1"}}),
    part("odd", "raw", resource="aws_sns_topic", arguments={"tags": var("odd")}),
    variables=VARIABLES,
    outputs={"url": ref("jobs.url"), "urls": ref("each.url"), "delay": var("delay")},
)


def used(component_id: str = "orders", number: int = 3, **inputs: Any) -> Json:
    return part(component_id, "module", blueprint=JOBS, version=number, inputs=inputs)


def hosting(*components: Json, inner: Json = INNER, **members: Any) -> Json:
    return document(*components, modules={KEY: inner}, **members)
