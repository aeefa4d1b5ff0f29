"""What an expression may come to, as far as a document says it.

Allowed values, environments and literal keys are all known before anybody deploys, so what they
make of a place can be judged before. A case is one environment or one key; two at once are not put
together, since their number multiplies. Between components, :mod:`.cases` compares what they come
to by default and in each environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, quoted

from . import conformance
from .expressions import Each, Join, Part, Var, text_of
from .limits import MAX_INSTANCES
from .plain import plain

if TYPE_CHECKING:
    from .drafts import ComponentDraft, Draft
    from .reading import Use

#: What a part is in one case; None if that is not known.
Known = Callable[[Part], Any]
#: Those of no environment: variables are what they are by default.
BY_DEFAULT: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class KnownValue:
    """What a place will hold in one case.

    Attributes:
        path: what has to be changed if it does not fit there.
        case: the case in words; empty where the path says it.
        value: what the place will hold; None if that is not known.
    """

    path: Path
    case: str
    value: Any


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a repeated component.

    Attributes:
        path: what makes it: a key, or the number of all.
        own: what it has of its own: ``key`` and ``value``, or ``index``.
        environment: the one that it stands in; empty if in all, by default.
    """

    path: Path
    own: Mapping[str, Any]
    environment: str = ""

    @property
    def case(self) -> str:
        """What tells it from the others, in words."""
        name = quoted(str(self.own.get("key", self.own.get("index"))))
        where = f" in environment {quoted(self.environment)}" if self.environment else ""
        return f"For {name}{where}"


def of_use(use: Use, owner: ComponentDraft | None, draft: Draft) -> Iterator[KnownValue]:
    """Yield what an expression comes to in each case that decides it.

    Args:
        use: the expression where it stands.
        owner: the component that it stands in, if it does.
        draft: with variables and environments.
    """
    if isinstance(use.value, Var):
        yield from _allowed(use.value, draft)
        yield from _in_environments(use.value, draft)
    elif isinstance(use.value, Each) and owner:
        yield from _of_keys(use.value, owner, draft)
    elif isinstance(use.value, Join):
        yield from _texts(use, use.value, owner, draft)


def _allowed(value: Var, draft: Draft) -> Iterator[KnownValue]:
    variable = draft.variables.get(value.name)
    if variable is None or value.path:
        return
    for index, each in enumerate(variable.constraints.allowed_values):
        yield KnownValue(("variables", value.name, "allowed_values", index), "", each)


def _in_environments(value: Var, draft: Draft) -> Iterator[KnownValue]:
    for name, values in draft.environments.items():
        found = at(values.get(value.name), value.path)
        yield KnownValue(("environments", name, "values", value.name), "", found)


def _of_keys(value: Each, owner: ComponentDraft, draft: Draft) -> Iterator[KnownValue]:
    for instance in _instances(owner, draft):
        yield KnownValue(instance.path, "", at(instance.own, value.path))


def _texts(
    use: Use, value: Join, owner: ComponentDraft | None, draft: Draft
) -> Iterator[KnownValue]:
    path = (*use.path, "join")
    names = {part.name for part in value.parts if isinstance(part, Var)}
    for name, values in draft.environments.items():
        if not names.isdisjoint(values):
            text = draft.known_text(value, given(values, draft))
            yield KnownValue(path, f"In environment {quoted(name)}", text)
    if owner and any(isinstance(part, Each) for part in value.parts):
        for instance in _instances(owner, draft):
            text = draft.known_text(value, _for_key(instance, draft))
            yield KnownValue(path, instance.case, text)


def given(values: Mapping[str, Any], draft: Draft) -> Known:
    """Read variables as an environment gives them, and by default where it gives none."""

    def known(part: Part) -> Any:
        if isinstance(part, Var) and part.name in values:
            return at(values[part.name], part.path)
        return draft.default_of(part)

    return known


def _for_key(instance: Instance, draft: Draft) -> Known:
    """Read what one instance has of its own, and variables as its environment gives them."""
    others = given(draft.environments.get(instance.environment, BY_DEFAULT), draft)

    def known(part: Part) -> Any:
        return at(instance.own, part.path) if isinstance(part, Each) else others(part)

    return known


def _instances(owner: ComponentDraft, draft: Draft) -> Iterator[Instance]:
    """Yield the instances that a component's list, map or number makes, in each case of these."""
    repeat = owner.component.repeat
    if repeat is None or repeat.kind == "when":
        return
    if not isinstance(repeat.value, Var):
        yield from each_of(repeat.value, (*owner.path, repeat.kind))
        return
    name, path = repeat.value.name, repeat.value.path
    yield from each_of(draft.default_of(repeat.value), ("variables", name, "default", *path))
    for environment, values in draft.environments.items():
        place = ("environments", environment, "values", name, *path)
        yield from each_of(at(values.get(name), path), place, environment)


def each_of(value: Any, path: Path, environment: str = "") -> Iterator[Instance]:
    """Yield the instances that a value makes; none if it is nothing that makes any."""
    if isinstance(value, Mapping):
        for key, own in value.items():
            yield Instance((*path, key), {"key": key, "value": own}, environment)
    elif isinstance(value, tuple):
        for number, key in enumerate(value):
            yield Instance((*path, number), {"key": key, "value": key}, environment)
    elif isinstance(value, int) and not isinstance(value, bool):
        for number in range(min(value, MAX_INSTANCES)):  # more are refused where they stand
            yield Instance(path, {"index": number}, environment)


def at(value: Any, path: tuple[str, ...]) -> Any:
    """Return what lies in a value; None if nothing does."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


class Case:
    """A draft as it is by default, or in one environment.

    Args:
        draft: what could be read of a document.
        values: of variables in the environment; the others are what they are by default.
    """

    def __init__(self, draft: Draft, values: Mapping[str, Any] = BY_DEFAULT) -> None:
        self._known = given(values, draft)
        self._fitting: dict[tuple[object, int], Any] = {}

    def value(self, expression: Var | Join) -> Any:
        """Return what a variable or text is; None if that is not known."""
        if isinstance(expression, Join):
            return text_of(expression, self._known)
        return self._known(expression)

    def properties(self, component: ComponentDraft) -> Mapping[str, Any]:
        """Return a component's properties with what is known in the places of expressions.

        A value that does not fit where it is used is a problem of its own, and not put there.
        """
        values: dict[Any, Any] = {}
        for use in component.uses:
            if isinstance(use.value, Var | Join) and use.path[2:3] == ("properties",):
                value = self._fits(use)
                if value is None:
                    values[use.value] = use.value
                else:
                    values.setdefault(use.value, value)
        found = component.component.properties
        return _resolved(found, values) if values else found

    def _fits(self, use: Use) -> Any:
        """Return what stands there, if it fits: found out once for all places alike."""
        key = (use.value, id(use.schema))  # the draft keeps each schema alive
        if key not in self._fitting:
            value = self.value(use.value) if isinstance(use.value, Var | Join) else None
            broken = value is None or any(conformance.value_problems(use.schema, plain(value), ()))
            self._fitting[key] = None if broken else value
        return self._fitting[key]


def _resolved(value: Any, known: Mapping[Any, Any]) -> Any:
    if isinstance(value, Var | Join):
        return known.get(value, value)
    if isinstance(value, tuple):
        return tuple(_resolved(item, known) for item in value)
    if isinstance(value, Mapping):
        return MappingProxyType({name: _resolved(item, known) for name, item in value.items()})
    return value
