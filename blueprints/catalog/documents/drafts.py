"""A document between its shape being right and its meaning being right."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem, quoted, suggestion

from .expressions import Ref, Var, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprints.catalog.problems import Path

    from .expressions import Expression, Join, Part
    from .model import Backend, Component, Provider, Relation, Variable
    from .reading import Use


@dataclass(frozen=True, slots=True)
class ComponentDraft:
    """A component whose properties satisfy their schema.

    Attributes:
        component: as it will stand in the document.
        path: where it stands.
        uses: the expressions in its properties.
    """

    component: Component
    path: Path
    uses: tuple[Use, ...]

    def references(self) -> Iterator[tuple[Use, Ref]]:
        """Yield the uses that refer to components."""
        for use in self.uses:
            if isinstance(use.value, Ref):
                yield use, use.value


@dataclass(frozen=True)
class Draft:
    """What of a document could be read.

    Attributes:
        cloud: its cloud, if that is known.
        providers: those of the right shape, by name; that of the empty name makes what names no
            other.
        tags: labels of everything that it makes.
        uses: the expressions outside components and outputs.
        environments: the values of variables, by environment.
        backend: where the state is kept, if the document says so.
        variables: those that have the right shape, by name.
        faulty_variables: the names of those that do not.
        types: the type of every component whose id and type could be read; None where the
            type is unknown. Components with faults are here too, so that a reference to one
            is not called dangling on top.
        components: those without faults so far that the document makes.
        existing: those without faults so far that it only looks up.
        relations: those of the right shape, with their places.
        outputs: those of the right shape, with their places.
    """

    cloud: str | None
    providers: Mapping[str, Provider]
    variables: Mapping[str, Variable]
    types: Mapping[str, str | None]
    components: tuple[ComponentDraft, ...]
    relations: tuple[tuple[Path, Relation], ...]
    outputs: tuple[tuple[Path, str, Expression], ...]
    existing: tuple[ComponentDraft, ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    backend: Backend | None = None
    faulty_variables: frozenset[str] = frozenset()

    def unknown_variable(self, name: str, path: Path) -> Iterator[Problem]:
        """Yield that there is no such variable, unless there is one that could not be read."""
        if name not in self.faulty_variables:
            message = f"There is no variable {quoted(name)}. {suggestion(name, self.variables)}"
            yield Problem.error(path, message, "unknown-variable")

    @property
    def region_variables(self) -> frozenset[str]:
        """The variables that decide regions."""
        return frozenset(each.region_variable for each in self.providers.values()) - {""}

    def provider_of(self, component: Component) -> Provider:
        """Return what makes a component: the document's own, if it names one that is not there."""
        return self.providers.get(component.provider, self.providers[""])

    @property
    def everything(self) -> tuple[ComponentDraft, ...]:
        """The components without faults so far, made or only looked up."""
        return (*self.components, *self.existing)

    def default_of(self, value: Part) -> Any:
        """Return what a variable holds if nobody gives another value; None if that is unknown."""
        if not isinstance(value, Var):
            return None
        variable = self.variables.get(value.name)
        return variable.default_at(value.path) if variable else None

    def known_text(self, value: Join, known: Callable[[Part], Any] | None = None) -> str | None:
        """Return what parts come to, by default or as they are known; None if one is not."""
        return text_of(value, known or self.default_of)

    def with_components(self, components: tuple[Component, ...]) -> Draft:
        """Return the same with other components in the places of those that it makes."""
        pairs = zip(self.components, components, strict=True)
        made = tuple(replace(draft, component=component) for draft, component in pairs)
        return replace(self, components=made)

    @cached_property
    def by_id(self) -> Mapping[str, ComponentDraft]:
        """The components without faults so far, by id."""
        return {draft.component.id: draft for draft in self.everything}
