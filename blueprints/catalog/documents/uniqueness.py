"""Names in the cloud that a document gives itself: two things cannot have one.

They are compared as code will have them: joined, for each instance of what is repeated, with what
variables hold by default or in an environment, and in the region of whoever makes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby, islice
from typing import TYPE_CHECKING

from blueprints.catalog import component_types
from blueprints.catalog.clouds.regions import partition
from blueprints.catalog.component_types.resources import NAMED, name_place, of_type
from blueprints.catalog.problems import Problem, quoted

from . import known_values
from .attributes import MODULE, RAW
from .expressions import CloudValue, Each, Join, Ref, Var, as_text, text_of
from .known_values import BY_DEFAULT, at
from .limits import MAX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.catalog.problems import Path

    from .drafts import Draft
    from .model import Component

_Key = tuple[object, ...]
_EXPRESSIONS = (Var, Ref, CloudValue, Each, Join)
_NAMES = (str, *_EXPRESSIONS)


@dataclass(frozen=True, slots=True)
class _Named:
    """A component, or an instance of one, that may have names.

    Attributes:
        component: with the provider that makes it.
        path: where its properties lie; those in modules are not the document's own.
        decided: what variables are where it stands, as far as that is known.
        repeated: the ids of the components beside it that are repeated.
        instance: its number among the instances, if it is repeated.
        own: what the instance has of its own, as far as that is known.
    """

    component: Component
    path: Path
    decided: Mapping[str, object]
    repeated: frozenset[str]
    instance: int = 0
    own: Mapping[str, object] = field(default_factory=dict)

    def at(self, steps: Path) -> Path:
        """Return the place of a property, or of the module that has it."""
        return (*self.path, *steps) if self.path[-1] == "properties" else self.path


def problems(draft: Draft, values: Mapping[str, object] = BY_DEFAULT) -> Iterator[Problem]:
    """Yield names that an earlier component has alike, in properties or a provider's words.

    What a hostile document makes of many instances is compared up to a limit, which environments
    share.

    Args:
        draft: what could be read of the document.
        values: of variables in one environment; the others are what they are by default.
    """
    taken: dict[_Key, _Named] = {}
    reported: set[Path] = set()
    most = MAX_CHOICES // (len(draft.environments) if values else 1)
    for found in islice(_all(draft, values), most):
        names = _raw_names if found.component.type == RAW else _unique_names
        for path, key in names(found, draft):
            other, place = taken.setdefault(key, found), found.at(path)
            if other is not found and place not in reported:
                reported.add(place)
                yield Problem.error(place, _message(other, found, path), "repeated-name")


def _message(other: _Named, found: _Named, path: Path) -> str:
    if other.component is found.component:
        return (
            "Several instances would have this name: put the key into it, "
            '{"join": ["…-", {"each": "key"}]}.'
        )
    return f"{quoted(other.component.id)} has this {path[-1]} already: give each its own."


def _all(draft: Draft, values: Mapping[str, object]) -> Iterator[_Named]:
    """Yield the components that are made, those in modules too, and each of their instances."""
    defaults = {name: each.default for name, each in draft.variables.items()}
    decided = _without(draft.region_variables, {**defaults, **values})
    repeated = _repeated(each.component for each in draft.components)
    for each in draft.components:
        own = _Named(each.component, (*each.path, "properties"), decided, repeated)
        yield from _instances(own)
        for inner in _in_module(own):
            made = replace(inner.component, provider=each.component.provider)
            place = (*each.path, "properties", "version")
            yield from _instances(replace(inner, component=made, path=place))


def _without(names: frozenset[str], values: Mapping[str, object]) -> dict[str, object]:
    """Leave out variables that are another one at each deployment, or not known."""
    return {n: v for n, v in values.items() if n not in names and v is not None}


def _repeated(components: Iterable[Component]) -> frozenset[str]:
    return frozenset(each.id for each in components if each.repeat and each.repeat.kind != "when")


def _instances(found: _Named) -> Iterator[_Named]:
    """Yield each instance that has a name: those that are known, and two for all that may be."""
    repeat = found.component.repeat
    if not _has_names(found.component):
        return
    if repeat is None or repeat.kind == "when":
        yield found
        return
    known = known_values.each_of(_resolved(repeat.value, found.decided), ())
    owns = [instance.own for instance in known]
    if isinstance(repeat.value, Var):
        owns += [BY_DEFAULT, BY_DEFAULT]
    for number, own in enumerate(owns, start=1):
        yield replace(found, instance=number, own=own)


def _has_names(component: Component) -> bool:
    if component.type == RAW:
        return component.properties["resource"] in NAMED
    return any(name in component.properties for name in _unique_properties(component.type))


def _in_module(around: _Named) -> Iterator[_Named]:
    if around.component.type == MODULE:
        decided = _decided(around)
        components = around.component.properties["document"].components
        repeated = _repeated(components)
        for inner in components:
            found = _Named(inner, around.path, decided, repeated)
            yield found
            yield from _in_module(found)


def _decided(module: _Named) -> dict[str, object]:
    """Return what a module's variables are, as far as it is known: only inputs give them."""
    document, inputs = (
        module.component.properties["document"],
        module.component.properties["inputs"],
    )
    defaults = {name: each.default for name, each in document.variables.items()}
    given = {name: _resolved(each, module.decided) for name, each in inputs.items()}
    known = {n: None if isinstance(v, _EXPRESSIONS) else v for n, v in given.items()}
    return _without(frozenset((document.providers[""].region_variable,)), {**defaults, **known})


def _resolved(value: object, decided: Mapping[str, object]) -> object:
    """Return what a variable or text is, or itself where that is not known."""

    def known(part: object) -> object:
        return at(decided.get(part.name), part.path) if isinstance(part, Var) else None

    found = text_of(value, known) if isinstance(value, Join) else known(value)
    return value if found is None else found


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
    argument, *scope = NAMED[resource]
    given: Mapping[str, object] = component.properties["arguments"].arguments
    name = given.get(argument)
    if isinstance(name, _NAMES):
        place = _place(resource, component, draft)
        within = (_scope(given.get(each), found, draft) for each in scope)
        yield ("arguments", argument), (resource, place, *within, *_written(name, found, draft))


def _scope(value: object, found: _Named, draft: Draft) -> object:
    return tuple(_written(value, found, draft)) if isinstance(value, _NAMES) else repr(value)


def _place(resource: str, component: Component, draft: Draft) -> _Key:
    """Return where a component's names are taken: two providers may be of one region."""
    provider = draft.provider_of(component)
    region = provider.region, provider.region_variable
    return name_place(resource, region, provider.account)


def _written(name: object, found: _Named, draft: Draft) -> Iterator[object]:
    """Yield the texts of a name, which clouds compare without case, and what is known later."""
    parts = name.parts if isinstance(name, Join) else (name,)
    known = (_known(part, found, draft) for part in parts)
    for is_text, run in groupby(known, key=lambda part: isinstance(part, str)):
        if is_text:
            yield "".join(map(str, run)).lower()
        else:
            yield from run


def _known(part: object, found: _Named, draft: Draft) -> object:
    """Return the text of a part, or what stands for it and for nothing else."""
    owner, value = found.component, part
    match part:
        case CloudValue():
            return _of_place(part, owner, draft)
        case Each():
            value = at(found.own, part.path)
        case Var():
            value = _resolved(part, found.decided)
    if isinstance(value, str | int | float):
        return as_text(value)
    if isinstance(part, Each):
        return part, repr(owner.repeat), owner.within, found.instance
    if isinstance(part, Ref) and part.component in found.repeated:
        return part, owner.within, found.instance
    return (part, owner.within) if owner.within else part  # it means another thing in each module


def _of_place(part: CloudValue, owner: Component, draft: Draft) -> object:
    provider = draft.provider_of(owner)
    if part.name == "region" and provider.region_variable:
        return Var(provider.region_variable)
    if part.name == "region" and provider.region:
        return provider.region
    if part.name == "partition" and provider.region:
        return partition(draft.cloud or "", provider.region)
    return part, owner.provider
