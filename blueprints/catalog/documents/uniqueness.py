"""Names in the cloud that a document gives itself: two things cannot have one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from blueprints.catalog import component_types

from .problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drafts import Draft


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield properties marked ``x-unique`` that an earlier component has alike."""
    taken: dict[tuple[str, str, object], str] = {}
    for component in draft.components:
        kind, properties = component.component.type, component.component.properties
        for name in _unique_properties(kind):
            if name not in properties or component.component.existing:
                continue
            key = (kind, name, properties[name])
            other = taken.setdefault(key, component.component.id)
            if other != component.component.id:
                message = f"{quoted(other)} has this {name} already: give each its own."
                place = (*component.path, "properties", name)
                yield Problem.at(place, "repeated-name", message)


@cache
def _unique_properties(type_name: str) -> tuple[str, ...]:
    schema = component_types.get(type_name).schema
    return tuple(name for name, rule in schema["properties"].items() if rule.get("x-unique"))
