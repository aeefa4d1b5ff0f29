"""What each cloud refuses: every package here holds the rules of one cloud."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem, written

from .rule import Example, Limit, Rule
from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.drafts import Draft

__all__ = ["Example", "Limit", "Rule", "limits", "problems", "rules"]


@cache
def rules(cloud: str) -> tuple[Rule, ...]:
    """Return the rules of a cloud, by component type and code; none for one without rules."""
    found = (value for value in _values(cloud) if isinstance(value, Rule))
    return tuple(sorted(found, key=lambda rule: (rule.component_type, rule.code)))


def limits(cloud: str) -> tuple[Limit, ...]:
    """Return the documented limits that no rule holds, with what does or why nothing does."""
    return tuple(value for value in _values(cloud) if isinstance(value, Limit))


def _values(cloud: str) -> Iterator[object]:
    if cloud not in {module.name for module in iter_modules(__path__) if module.ispkg}:
        return
    package = import_module(f"{__name__}.{cloud}")
    for module in iter_modules(package.__path__):
        for value in vars(import_module(f"{package.__name__}.{module.name}")).values():
            yield from value if isinstance(value, tuple) else (value,)


@cache
def _by_type(cloud: str) -> Mapping[str, list[Rule]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules(cloud):
        found[rule.component_type].append(rule)
    return found


def problems(draft: Draft, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the draft's cloud would refuse.

    Args:
        draft: what could be read of the document.
        document: the plain JSON values, which say what the author wrote and what is a default.
    """
    applicable = _by_type(draft.cloud or "")
    scene = Scene(draft)
    for component in draft.components:
        subject = scene.subject(component.component.id)
        for rule in applicable.get(component.component.type, ()):
            for finding in rule.check(subject):
                place = written(document, (*component.path, "properties", *finding.path))
                yield replace(finding, path=place, code=rule.code)
