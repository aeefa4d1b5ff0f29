"""From anything at all to a valid document, or to a list of what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import (
    cases,
    choices,
    cloud_rules,
    conformance,
    dependencies,
    environments,
    existing,
    kept_in_state,
    moves,
    patterns,
    placement,
    providers,
    references,
    regional,
    relations,
    remote_states,
    repetition,
    secrecy,
    stores,
    tags,
    uniqueness,
)
from .attributes import MODULE
from .carried import require_room, size_with_modules
from .drafting import read_draft
from .errors import InvalidDocument, Review
from .limits import MAX_PROBLEMS_SOUGHT
from .model import Document
from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .carried import Version
    from .drafts import Draft


NO_TAGS: Mapping[str, str] = MappingProxyType({})


def validate(document: object, default_tags: Mapping[str, str] = NO_TAGS) -> Document:
    """Return the typed view of a document.

    All problems are reported at once, as far as one does not hide another: a component with
    faults is not compared with others, but references to it are not called dangling either.

    Args:
        document: JSON values, as :func:`~.parsing.parse` returns them.
        default_tags: those that everything of the tenant gets, below the document's own.

    Raises:
        InvalidDocument: with every problem found, up to a limit.
    """
    checked = plain(document)
    if isinstance(checked, dict):
        require_room(checked)
    try:
        with patterns.bounded(size_with_modules(checked)):
            return _validated(checked, (), default_tags)
    except patterns.TooMuchWork as error:
        raise InvalidDocument([Problem.error(("variables",), str(error), "too-large")]) from None


def _validated(checked: Any, within: tuple[str, ...], default_tags: Mapping[str, Any]) -> Document:
    """Check a document that lies in modules of these identities, or in none.

    Everything gets the default tags: of the tenant and, in a module, of the document around it.
    """
    shape, _ = _sought(conformance.document_problems(checked))
    if not isinstance(checked, dict) or len(shape) == MAX_PROBLEMS_SOUGHT:
        raise InvalidDocument(shape)
    draft, faults = read_draft(checked, shape, within, default_tags, _validated)
    graph = dependencies.needs(draft)
    problems = chain(
        shape,
        regional.problems(draft),
        regional.environment_problems(draft),
        faults,
        providers.problems(draft),
        moves.problems(draft),
        uniqueness.problems(draft),
        tags.problems(draft, default_tags),
        references.problems(draft),
        dependencies.problems(graph),
        placement.problems(draft),
        existing.problems(draft),
        repetition.problems(draft),
        environments.problems(draft),
        stores.problems(draft),
        kept_in_state.problems(draft),
        choices.problems(draft),
        _errors_of(cloud_rules.problems(draft, checked)),
    )
    errors, warnings = _sought(problems)
    if not errors and (lost := draft.types.keys() - draft.by_id.keys()):
        message = f"These could not be read: {', '.join(sorted(lost))}."
        errors = [Problem.error(("components",), message)]
    if errors:
        raise InvalidDocument(errors)
    all_tags = tags.with_defaults(draft.tags, default_tags)
    document_read = replace(_document(draft, graph), tags=all_tags)
    return _related(draft, document_read, checked, warnings)


def _errors_of(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out warnings: what relations add may be what they miss."""
    return (problem for problem in problems if problem.severity == "error")


def _related(
    draft: Draft, document: Document, checked: dict[str, Any], warnings: list[Problem]
) -> Document:
    """Ask what relations mean only now: until all they lead to is right, they mean nothing."""
    applied = relations.apply(document)
    after = draft.with_components(applied.document.components)
    for problems in (
        applied.problems,
        cloud_rules.problems(after, checked),
        cases.problems(after, checked, warnings),  # it begins when all these are known
    ):
        errors, more = _sought(problems)
        if errors:
            raise InvalidDocument(errors)
        warnings += more
    return replace(document, review=Review.of(warnings))


def review(document: object, default_tags: Mapping[str, str] = NO_TAGS) -> Review:
    """Return the warnings about a document, or what makes it invalid by today's rules.

    A version that was accepted once is never refused to a reader, whatever rules came later.
    """
    try:
        return validate(document, default_tags).review
    except InvalidDocument as error:
        return error.review


def needed_of(version: Version, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a document that names a version carries of it; None if it is not valid any more.

    Args:
        version: as the document names it.
        document: that of the version.
    """
    if version.type == MODULE:
        return document  # judged where it is used
    try:
        return remote_states.published_outputs(validate(document))
    except InvalidDocument:
        return None


def _sought(problems: Iterable[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Return errors and warnings, as many of each as are sought at most."""
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for problem in problems:
        found = errors if problem.severity == "error" else warnings
        if len(found) < MAX_PROBLEMS_SOUGHT:
            found.append(problem)
        if len(errors) == MAX_PROBLEMS_SOUGHT:
            break
    return errors, warnings


def _document(draft: Draft, graph: dependencies.Needs) -> Document:
    made = {component.component.id: graph[component.component.id] for component in draft.components}
    built_after = {name: tuple(each for each in made[name] if each in made) for name in made}
    return Document(
        cloud=draft.cloud or "",
        providers=draft.providers,
        environments=draft.environments,
        backend=draft.backend,
        variables=draft.variables,
        components=tuple(component.component for component in draft.components),
        relations=tuple(relation for _, relation in draft.relations),
        outputs=MappingProxyType({name: value for _, name, value in draft.outputs}),
        dependencies=MappingProxyType(built_after),
        review=Review(),
        existing=tuple(component.component for component in draft.existing),
        secret_outputs=secrecy.secret_outputs(draft),
    )
