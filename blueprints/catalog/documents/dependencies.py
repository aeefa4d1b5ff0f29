"""Which component is built before which, and the circles that leave no first one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from blueprints.catalog.problems import Path, Problem

from .graph import circles

if TYPE_CHECKING:
    from .drafts import Draft

Needs = Mapping[str, Mapping[str, Path]]

_LONGEST_CIRCLE_SHOWN = 12


def needs(draft: Draft) -> Needs:
    """Return for each component what it is built or looked up after, and the place that says so.

    References marked ``x-unordered`` are left out: what they stand for is built apart from
    both components, so two of them may name each other.
    """
    found: dict[str, dict[str, Path]] = {each.component.id: {} for each in draft.everything}
    for component in draft.everything:
        own = found[component.component.id]
        for use, reference in component.references():
            if reference.component in found and not use.schema.get("x-unordered"):
                own.setdefault(reference.component, (*use.path, "ref"))
    for path, relation in draft.relations:
        if relation.type == "depends_on" and {relation.source, relation.target} <= found.keys():
            found[relation.source].setdefault(relation.target, path)
    return found


def problems(graph: Needs) -> Iterator[Problem]:
    """Yield each circle found, at the place that closes it."""
    for circle in circles(graph):
        place = graph[circle[-1]][circle[0]]
        message = (
            f"This closes a circle: {_arrow_text(circle)}. One of them must do without the next."
        )
        yield Problem.error(place, message, "circle")


def _arrow_text(circle: tuple[str, ...]) -> str:
    names = [*circle, circle[0]]
    if len(names) > _LONGEST_CIRCLE_SHOWN:
        half = _LONGEST_CIRCLE_SHOWN // 2
        names = [*names[:half], f"… ({len(names) - 2 * half} more) …", *names[-half:]]
    return " → ".join(names)
