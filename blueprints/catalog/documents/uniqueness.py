"""Names in the cloud that a document gives itself: two things cannot have one.

They are compared as code will have them: joined, and in the region of whoever makes them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from blueprints.catalog import component_types
from blueprints.catalog.clouds.regions import partition
from blueprints.catalog.component_types.resources import NAMED, name_place, of_type
from blueprints.catalog.problems import Problem, quoted

from .attributes import MODULE, RAW
from .expressions import CloudValue, Each, Join, Ref, Var

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.problems import Path

    from .drafts import Draft
    from .model import Component

_Key = tuple[object, ...]
_NAMES = (str, Var, Ref, CloudValue, Each, Join)


@dataclass(frozen=True, slots=True)
class _Named:
    """A component that may have names.

    Attributes:
        component: with the provider that makes it.
        path: where its properties lie; those in modules are not the document's own.
        decided: what variables are in the module that it lies in, as far as that is known.
    """

    component: Component
    path: Path
    decided: Mapping[str, object]

    def at(self, steps: Path) -> Path:
        """Return the place of a property, or of the module that has it."""
        return (*self.path, *steps) if self.path[-1] == "properties" else self.path


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield names that an earlier component has alike, in properties or a provider's words."""
    taken: dict[_Key, Component] = {}
    for found in _all(draft):
        component = found.component
        names = _raw_names if component.type == RAW else _unique_names
        for path, key in names(found, draft):
            other = taken.setdefault(key, component)
            if other is not component:
                message = f"{quoted(other.id)} has this {path[-1]} already: give each its own."
                yield Problem.error(found.at(path), message, "repeated-name")


def _all(draft: Draft) -> Iterator[_Named]:
    """Yield the components that are made, those in modules too."""
    for each in draft.components:
        yield _Named(each.component, (*each.path, "properties"), {})
        for inner, decided in _in_module(each.component, {}):
            made = replace(inner, provider=each.component.provider)
            yield _Named(made, (*each.path, "properties", "version"), decided)


def _in_module(
    component: Component, around: Mapping[str, object]
) -> Iterator[tuple[Component, Mapping[str, object]]]:
    if component.type == MODULE:
        decided = _decided(component, around)
        for inner in component.properties["document"].components:
            yield inner, decided
            yield from _in_module(inner, decided)


def _decided(module: Component, around: Mapping[str, object]) -> dict[str, object]:
    """Return the texts that a module's variables are: nobody but its document gives them."""
    document, inputs = module.properties["document"], module.properties["inputs"]
    given = {name: each.default for name, each in document.variables.items()} | inputs
    given.pop(document.providers[""].region_variable, None)  # another one at each deployment
    known = {name: _resolved(each, around) for name, each in given.items()}
    return {name: each for name, each in known.items() if isinstance(each, str)}


def _resolved(value: object, decided: Mapping[str, object]) -> object:
    if isinstance(value, Var) and not value.path:
        return decided.get(value.name, value)
    return value


def _unique_names(found: _Named, draft: Draft) -> Iterator[tuple[Path, _Key]]:
    """Yield properties marked ``x-unique``, which name a component's main resource."""
    component = found.component
    for name in _unique_properties(component.type):
        if name in component.properties:
            resource = (of_type("aws", component.type) or (component.type,))[0]
            written = _written(component.properties[name], found, draft)
            yield (name,), (resource, _place(resource, component, draft), *written)


@cache
def _unique_properties(type_name: str) -> tuple[str, ...]:
    schema = component_types.get(type_name).schema
    return tuple(name for name, rule in schema["properties"].items() if rule.get("x-unique"))


def _raw_names(found: _Named, draft: Draft) -> Iterator[tuple[Path, _Key]]:
    component = found.component
    resource: str = component.properties["resource"]
    if resource not in NAMED:
        return
    argument, *scope = NAMED[resource]
    given: Mapping[str, object] = component.properties["arguments"].arguments
    name = given.get(argument)
    if isinstance(name, _NAMES):
        place = _place(resource, component, draft)
        within = (component.within, *(repr(given.get(each)) for each in scope)) if scope else ()
        written = _written(name, found, draft)
        yield ("arguments", argument), (resource, place, *within, *written)


def _place(resource: str, component: Component, draft: Draft) -> _Key:
    """Return where a component's names are taken: two providers may be of one region."""
    provider = draft.provider_of(component)
    region = provider.region, provider.region_variable
    return name_place(resource, region, provider.account)


def _written(name: object, found: _Named, draft: Draft) -> Iterator[object]:
    """Yield the texts of a name, which clouds compare without case, and what is known later."""
    parts = name.parts if isinstance(name, Join) else (name,)
    known = (_known(_resolved(part, found.decided), found.component, draft) for part in parts)
    for is_text, run in groupby(known, key=lambda part: isinstance(part, str)):
        if is_text:
            yield "".join(map(str, run)).lower()
        else:
            yield from run


def _known(part: object, owner: Component, draft: Draft) -> object:
    """Return the text of a part, or what stands for it and for nothing else."""
    provider = draft.provider_of(owner)
    match part:
        case CloudValue("region") if provider.region_variable:
            return Var(provider.region_variable)
        case CloudValue("region") if provider.region:
            return provider.region
        case CloudValue("partition") if provider.region:
            return partition(draft.cloud or "", provider.region)
        case CloudValue():
            return part, owner.provider
        case Each():
            return part, repr(owner.repeat), owner.within
    # What is known later means another thing in each module.
    return (part, owner.within) if owner.within and not isinstance(part, str) else part
