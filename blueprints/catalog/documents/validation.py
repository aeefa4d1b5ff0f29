"""From anything at all to a valid document, or to a list of what is wrong with it."""

from __future__ import annotations

from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING

from . import conformance, dependencies, placement, references
from .drafting import read_draft
from .limits import MAX_PROBLEMS_SOUGHT
from .model import Document
from .plain import plain
from .problems import InvalidDocument, Problem, quoted, suggestion
from .regions import clouds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drafts import Draft


def validate(document: object) -> Document:
    """Return the typed view of a document.

    All problems are reported at once, as far as one does not hide another: a component with
    faults is not compared with others, but references to it are not called dangling either.

    Args:
        document: JSON values, as :func:`~.parsing.parse` returns them.

    Raises:
        InvalidDocument: with every problem found, up to a limit.
    """
    checked = plain(document)
    shape = _sought(conformance.document_problems(checked))
    if not isinstance(checked, dict) or len(shape) == MAX_PROBLEMS_SOUGHT:
        raise InvalidDocument(shape)
    draft, faults = read_draft(checked, shape)
    graph = dependencies.needs(draft)
    problems = chain(
        shape,
        _region_problems(draft),
        faults,
        references.problems(draft),
        dependencies.problems(graph),
        placement.problems(draft),
    )
    if found := _sought(problems):
        raise InvalidDocument(found)
    return _document(draft, graph)


def _sought(problems: Iterator[Problem]) -> list[Problem]:
    return list(islice(problems, MAX_PROBLEMS_SOUGHT))


def _region_problems(draft: Draft) -> Iterator[Problem]:
    cloud = clouds().get(draft.cloud or "")
    if cloud is None or draft.region is None or draft.region in cloud.regions:
        return
    elsewhere = [other.name for other in clouds().values() if draft.region in other.regions]
    hint = f"It is a region of {' and '.join(elsewhere)}. " if elsewhere else ""
    hint += suggestion(draft.region, cloud.regions)
    message = f"{cloud.title} has no region {quoted(draft.region)}. {hint}"
    yield Problem("/region", "unknown-region", message)


def _document(draft: Draft, graph: dependencies.Needs) -> Document:
    return Document(
        cloud=draft.cloud or "",
        region=draft.region or "",
        variables=draft.variables,
        components=tuple(component.component for component in draft.components),
        relations=tuple(relation for _, relation in draft.relations),
        outputs=MappingProxyType({name: value for _, name, value in draft.outputs}),
        dependencies=MappingProxyType({name: tuple(wanted) for name, wanted in graph.items()}),
    )
