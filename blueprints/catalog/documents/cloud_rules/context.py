"""A draft as rules see it: components that know each other, variables as they are in one case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from blueprints.catalog.documents.expressions import Each, Join, Ref, Var
from blueprints.catalog.documents.known_values import BY_DEFAULT, Case
from blueprints.catalog.documents.possible_values import possible_values

if TYPE_CHECKING:
    from blueprints.catalog.documents.drafts import ComponentDraft, Draft
    from blueprints.catalog.documents.model import Component

Made = TypeVar("Made")


@dataclass(frozen=True)
class Subject:
    """A component under the eye of a rule.

    Attributes:
        component: as the document has it.
        properties: its properties, where variables that are known stand as what they are. Others
            stay :class:`Var`, so a rule asks what a value is before it judges it.
        context: what is around it.
        region: where it stands; empty if that is not known.
    """

    component: Component
    properties: Mapping[str, Any]
    context: RuleContext
    region: str

    @property
    def id(self) -> str:
        """The component's id."""
        return self.component.id

    def text(self, name: str) -> str | None:
        """Return a property that is known text."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """Return a property that is a known number."""
        return known_number(self.properties.get(name))

    def is_on(self, name: str) -> bool:
        """Whether a switch is known to be on."""
        return self.properties.get(name) is True

    def is_off(self, name: str) -> bool:
        """Whether a switch is known to be off."""
        return self.properties.get(name) is False

    def listed(self, name: str) -> tuple[Any, ...]:
        """Return a list's items; none if a variable holds the list."""
        value = self.properties.get(name)
        return value if isinstance(value, tuple) else ()

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return the members of a property; none if it is not given."""
        found = self.component.properties.get(name)
        return found if isinstance(found, Mapping) else {}

    def target(self, name: str) -> Subject | None:
        """Return the component that a property names, if it has no faults of its own."""
        return self.context.at(self.properties.get(name))

    def targets(self, name: str) -> tuple[tuple[int, Subject], ...]:
        """Return the components that a list names, each with its place in the list."""
        found = ((index, self.context.at(item)) for index, item in enumerate(self.listed(name)))
        return tuple((index, subject) for index, subject in found if subject)


class RuleContext:
    """All components that a draft makes and that have no faults of their own.

    Args:
        draft: what could be read of a document.
        values: of variables in one environment; the others are what they are by default.
    """

    def __init__(self, draft: Draft, values: Mapping[str, Any] = BY_DEFAULT) -> None:
        self._draft, self._values = draft, values
        self._case = Case(draft, values)
        self._made: dict[Callable[[RuleContext], Any], Any] = {}
        self._possible: dict[tuple[object, int], frozenset[str]] = {}
        self._naming: dict[tuple[str, str], Mapping[str, list[Subject]]] = {}

    @cached_property
    def _subjects(self) -> Mapping[str, Subject]:
        return {each.component.id: self._made_of(each) for each in self._draft.components}

    def _made_of(self, draft: ComponentDraft) -> Subject:
        provider = self._draft.provider_of(draft.component)
        region = self._values.get(provider.region_variable, provider.region) or ""
        return Subject(draft.component, self._case.properties(draft), self, region)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Subject]]:
        found: dict[str, list[Subject]] = defaultdict(list)
        for subject in self._subjects.values():
            found[subject.component.type].append(subject)
        return found

    def subject(self, draft: ComponentDraft) -> Subject:
        """Return a component as rules see it, made or only looked up."""
        return self._subjects.get(draft.component.id) or self._made_of(draft)

    def at(self, reference: object) -> Subject | None:
        """Return what a reference to a component names."""
        if not isinstance(reference, Ref) or reference.attribute:
            return None
        return self._subjects.get(reference.component)

    def named(self, reference: object) -> Subject | None:
        """Return what a reference, or one to an attribute, names, made or only looked up."""
        known = self._draft.by_id.get(reference.component) if isinstance(reference, Ref) else None
        return self.subject(known) if known else None

    def of_type(self, component_type: str) -> Iterator[Subject]:
        """Yield the components of a type, in the document's order."""
        yield from self._by_type.get(component_type, ())

    def values_of(self, value: Var | Join) -> tuple[Any, ...]:
        """Return what a variable or text is here, and what a variable may be by choice."""
        chosen: tuple[Any, ...] = ()
        if isinstance(value, Var) and not value.path and value.name in self._draft.variables:
            chosen = self._draft.variables[value.name].constraints.allowed_values
        return tuple(each for each in (self._case.value(value), *chosen) if each is not None)

    def possible_values(self, value: Any, component: Component) -> frozenset[str]:
        """Return all that a component's text may be: by default, by environment and by key."""
        if not isinstance(value, Var | Each | Join):
            return frozenset({value} if isinstance(value, str) else ())
        key = (value, id(component.repeat))  # the draft keeps each component alive
        if key not in self._possible:
            draft = self._draft
            found = possible_values(value, component.repeat, draft.variables, draft.environments)
            self._possible[key] = frozenset(each for each in found if isinstance(each, str))
        return self._possible[key]

    def once(self, make: Callable[[RuleContext], Made]) -> Made:
        """Return what is made of the whole document, made only once.

        Rules ask for it instead of walking all components for each: that work would grow with the
        square of the document.
        """
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def naming(self, named: Subject, component_type: str, name: str) -> tuple[Subject, ...]:
        """Return the components of a type that name another in a property."""
        if (component_type, name) not in self._naming:
            self._naming[component_type, name] = self._by_named(component_type, name)
        return tuple(self._naming[component_type, name].get(named.id, ()))

    def _by_named(self, component_type: str, name: str) -> Mapping[str, list[Subject]]:
        found: dict[str, list[Subject]] = defaultdict(list)
        for subject in self.of_type(component_type):
            several = {target.id for _, target in subject.targets(name)}
            one = subject.target(name)
            for named in several or ({one.id} if one else ()):
                found[named].append(subject)
        return found


def known_number(value: Any) -> int | None:
    """Return a value that is a whole number; a switch is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
