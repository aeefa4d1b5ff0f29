"""What each cloud refuses: a package for the rules of each, listed here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents.known_values import BY_DEFAULT
from blueprints.catalog.problems import Problem, written

from . import aws
from .context import RuleContext
from .rule import Example, Limit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.drafts import Draft

__all__ = ["Example", "Limit", "Rule", "limits", "problems", "rules"]


#: Whose rules are known.
_CLOUDS = {"aws": aws}


@cache
def rules(cloud: str) -> tuple[Rule, ...]:
    """Return the rules of a cloud, by component type and code; none for one without rules."""
    found = _CLOUDS[cloud].RULES if cloud in _CLOUDS else ()
    return tuple(sorted(found, key=lambda rule: (rule.component_type, rule.code)))


def limits(cloud: str) -> tuple[Limit, ...]:
    """Return the documented limits that no rule holds, with what does or why nothing does."""
    return _CLOUDS[cloud].LIMITS if cloud in _CLOUDS else ()


@cache
def _by_type(cloud: str) -> Mapping[tuple[str, bool], list[Rule]]:
    found: dict[tuple[str, bool], list[Rule]] = defaultdict(list)
    for rule in rules(cloud):
        found[rule.component_type, rule.of_existing].append(rule)
    return found


def problems(
    draft: Draft, document: Mapping[str, Any], values: Mapping[str, Any] = BY_DEFAULT
) -> Iterator[Problem]:
    """Yield what the draft's cloud would refuse.

    Args:
        draft: what could be read of the document.
        document: the plain JSON values, which say what the author wrote and what is a default.
        values: of variables in one environment; the others are what they are by default.
    """
    if draft.cloud and draft.cloud not in _CLOUDS:
        yield _unsupported(draft.cloud)
    applicable = _by_type(draft.cloud or "")
    context = RuleContext(draft, values)
    for component in draft.everything:
        subject = context.subject(component)
        exists = component.component.existing is not None
        place = component.path if exists else (*component.path, "properties")
        for rule in applicable.get((component.component.type, exists), ()):
            for found in rule.check(subject):
                path = written(document, (*place, *found.path))
                yield replace(found, path=path, code=rule.code, severity=rule.severity)


def _unsupported(cloud: str) -> Problem:
    """Say what a document of a cloud without rules can be used for so far."""
    return Problem.warning(
        ("cloud",),
        f"No code can be generated for {cloud} yet, and what {cloud} itself would refuse is not "
        "checked.",
        "unsupported-cloud",
        fix=f"Write what is to be deployed for {' or '.join(_CLOUDS)}.",
    )
