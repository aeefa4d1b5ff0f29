"""A document in each of its environments: what components are there must go together.

By default they do: that was checked before. Only what an environment makes of them is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem, pointer, quoted

from . import cloud_rules, placement, uniqueness
from .expressions import Var, variables_at, variables_of
from .limits import MAX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .drafts import Draft

Json = Mapping[str, Any]


def problems(draft: Draft, document: Json, by_default: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what is wrong in an environment, or what its author should know of it.

    What a hostile document makes of many components and environments is judged up to a limit.

    Args:
        draft: what could be read of the document.
        document: its plain JSON values.
        by_default: what is known of it without any environment.
    """
    reported = {(problem.code, problem.path) for problem in by_default}
    for number, (environment, values) in enumerate(_cases(draft), start=1):
        if number * len(draft.everything) > MAX_CHOICES:
            return
        found = chain(
            placement.block_problems(draft, values),
            uniqueness.problems(draft, values),
            cloud_rules.problems(draft, document, values),
        )
        for problem in found:
            if (problem.code, problem.path) not in reported:
                yield _told(problem, environment, values, document)


def _cases(draft: Draft) -> Iterator[tuple[str, Json]]:
    """Yield the environments that decide something about components, one of those alike."""
    used = draft.region_variables.union(_variables_of_components(draft))
    seen: list[dict[str, Any]] = [{}]
    for environment, given in draft.environments.items():
        values = {n: v for n, v in given.items() if n in used and v != _default(draft, n)}
        if values not in seen:
            seen.append(values)
            yield environment, values


def _variables_of_components(draft: Draft) -> Iterator[str]:
    for component in draft.everything:
        for use in component.uses:
            yield from variables_of(use.value)


def _default(draft: Draft, name: str) -> Any:
    return draft.default_of(Var(name))


def _told(problem: Problem, environment: str, values: Json, document: Json) -> Problem:
    """Point at the value that is wrong, or else at what it makes wrong."""
    if name := next((each for each in variables_at(problem.path, document) if each in values), ""):
        message = f"At {pointer(problem.path)}: {problem.message}"
        return replace(problem, path=("environments", environment, "values", name), message=message)
    message = f"In environment {quoted(environment)}: {problem.message}"
    return replace(problem, message=message)
