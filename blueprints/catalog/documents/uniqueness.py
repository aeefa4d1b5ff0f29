"""Names in the cloud that a document gives itself: two things cannot have one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from blueprints.catalog import component_types
from blueprints.catalog.component_types.resources import NAMED, is_global
from blueprints.catalog.problems import Problem, quoted

from .attributes import RAW
from .model import CloudValue, Join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import ComponentDraft, Draft


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield names that an earlier component has alike, in properties or a provider's words."""
    yield from _same_properties(draft)
    yield from _same_arguments(draft)


def _same_properties(draft: Draft) -> Iterator[Problem]:
    """Yield properties marked ``x-unique`` that an earlier component has alike."""
    taken: dict[tuple[str, str, object, str], str] = {}
    for component in draft.components:
        kind, properties = component.component.type, component.component.properties
        for name in _unique_properties(kind):
            if name not in properties or component.component.existing:
                continue
            value = properties[name]
            # What the cloud knows of a place is another in each.
            differs = isinstance(value, Join) and any(
                isinstance(item, CloudValue) for item in value.parts
            )
            key = (kind, name, value, component.component.provider if differs else "")
            other = taken.setdefault(key, component.component.id)
            if other != component.component.id:
                message = f"{quoted(other)} has this {name} already: give each its own."
                place = (*component.path, "properties", name)
                yield Problem.error(place, message, "repeated-name")


@cache
def _unique_properties(type_name: str) -> tuple[str, ...]:
    schema = component_types.get(type_name).schema
    return tuple(name for name, rule in schema["properties"].items() if rule.get("x-unique"))


def _same_arguments(draft: Draft) -> Iterator[Problem]:
    """Yield raw resources that have the name of another, which clouds compare without case."""
    taken: dict[tuple[object, ...], str] = dict(_named_by_properties(draft))
    for component in draft.components:
        for argument, key in _raw_names(component):
            other = taken.setdefault(key, component.component.id)
            if other != component.component.id:
                message = f"{quoted(other)} has this {argument} already: give each its own."
                place = (*component.path, "properties", "arguments", argument)
                yield Problem.error(place, message, "repeated-name")


def _named_by_properties(draft: Draft) -> Iterator[tuple[tuple[object, ...], str]]:
    for component in draft.components:
        bucket = component.component.properties.get("bucket")
        if component.component.type == "object_storage" and isinstance(bucket, str):
            yield ("aws_s3_bucket", "", bucket.lower()), component.component.id


def _raw_names(component: ComponentDraft) -> Iterator[tuple[str, tuple[object, ...]]]:
    properties = component.component.properties
    if component.component.type != RAW or properties["resource"] not in NAMED:
        return
    resource: str = properties["resource"]
    argument, *scope = NAMED[resource]
    place = "" if is_global(resource) else component.component.provider
    given: Mapping[str, object] = properties["arguments"].arguments
    name = given.get(argument)
    if isinstance(name, str):
        within = (repr(given.get(each)) for each in scope)
        yield argument, (resource, place, *within, name.lower())
