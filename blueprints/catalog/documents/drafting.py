"""Reads of a document what has the right shape, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

from blueprints.catalog import component_types
from blueprints.catalog.problems import Path, Problem, quoted, written

from . import conformance, environments, existing, providers, repetition, variables
from .attributes import MODULE, RAW, REMOTE_STATE
from .drafts import ComponentDraft, Draft
from .limits import MAX_PROBLEMS_SOUGHT
from .model import Backend, Component, Document, Relation, Variable
from .modules import ModuleReader
from .provider_terms import TermsReader
from .reading import Read, Use, expression, read_properties
from .remote_states import RemoteStateReader
from .tags import with_defaults

Json = Mapping[str, Any]
#: Reads what a component of one type says of another blueprint.
Reads = Callable[[Json, Path], Read | None]


def read_draft(
    document: Json,
    shape: Iterable[Problem],
    within: tuple[str, ...],
    default_tags: Json,
    validate: Callable[[Json, tuple[str, ...], Json], Document],
) -> tuple[Draft, list[Problem]]:
    """Return what could be read, and what is wrong within components and variables.

    Args:
        document: plain JSON values.
        shape: what is wrong with the document around its components' properties; parts with
            such faults are left out.
        within: the identities of the modules that the document lies in.
        default_tags: those that everything in it gets.
        validate: checks the documents of its modules, which get its tags by default.
    """
    reader = _Reader(document, frozenset(problem.path[:2] for problem in shape))
    found = dict(reader.variables())
    places, place_uses = providers.read(reader.member("region"), dict(reader.providers()), found)
    labels, label_uses = read_tags(reader.member("tags") or {}, ("tags",))
    types = dict(reader.types())
    own_tags = {} if within else labels  # in a module, its components have them
    shared = with_defaults(labels, default_tags)
    values, unfit = environments.read(reader.member("environments") or {}, found)
    modules = ModuleReader(
        document, found, places, values, within, shared, validate, reader.faults, reader.warnings
    )
    states = RemoteStateReader({"remote_states": reader.member("remote_states")}, reader.faults)
    of_others = {MODULE: modules.read, REMOTE_STATE: states.read}
    components = tuple(_placed(each, within, labels) for each in reader.components(of_others))
    draft = Draft(
        cloud=reader.text("cloud"),
        providers=places,
        tags=own_tags,
        uses=(*label_uses, *place_uses),
        environments=values,
        backend=_backend(reader.member("backend") or {}),
        variables=MappingProxyType(found),
        faulty_variables=reader.names("variables") - found.keys(),
        types=types,
        components=tuple(each for each in components if each.component.existing is None),
        existing=tuple(each for each in components if each.component.existing is not None),
        relations=tuple(reader.relations()),
        outputs=tuple(reader.outputs()),
    )
    return draft, [*reader.faults, *unfit, *reader.warnings]


def _placed(draft: ComponentDraft, within: tuple[str, ...], labels: Json) -> ComponentDraft:
    """Tell a component in which modules it lies, whose tags no provider adds to it."""
    if not within:
        return draft
    tags = {} if draft.component.existing else {**labels, **draft.component.tags}
    return replace(draft, component=replace(draft.component, within=within, tags=tags))


def _backend(given: Json) -> Backend | None:
    return next((Backend(name, MappingProxyType(said)) for name, said in given.items()), None)


@dataclass(slots=True)
class _Reader:
    document: Json
    faulty: frozenset[Path]
    faults: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def member(self, name: str) -> Any:
        """Return a member of the document, or None where it or its shape is missing."""
        is_faulty = any(part[:1] == (name,) for part in self.faulty)
        return None if is_faulty else self.document.get(name)

    def text(self, name: str) -> str | None:
        value = self.document.get(name)
        return value if isinstance(value, str) and (name,) not in self.faulty else None

    def variables(self) -> Iterator[tuple[str, Variable]]:
        for path, name, value in self._members("variables"):
            self.faults.extend(variables.problems(value, path))
            yield name, variables.read(name, value)

    def providers(self) -> Iterator[tuple[str, Json | None]]:
        """Yield all providers that are named, None for what does not have the right shape."""
        named = self.document.get("providers")
        read = {name: value for _, name, value in self._members("providers")}
        for name in named if isinstance(named, dict) else ():
            yield name, read.get(name)

    def types(self) -> Iterator[tuple[str, str | None]]:
        """Yield id and type of each component that has an id, the first of each id only."""
        seen: set[str] = set()
        for path, value in self._raw_components():
            component_id = value.get("id")
            if not isinstance(component_id, str):
                continue
            if component_id in seen:
                message = f"Another component has the id {quoted(component_id)} already."
                self.faults.append(Problem.error((*path, "id"), message, "duplicate-id"))
                continue
            seen.add(component_id)
            yield component_id, _known_type(value)

    def components(self, of_others: Mapping[str, Reads]) -> Iterator[ComponentDraft]:
        seen: set[str] = set()
        for path, value in self._raw_components():
            if len(self.faults) >= MAX_PROBLEMS_SOUGHT:
                return
            draft = self._component(value, path, of_others)
            if draft and draft.component.id not in seen:
                seen.add(draft.component.id)
                yield draft

    def _component(
        self, value: Json, path: Path, of_others: Mapping[str, Reads]
    ) -> ComponentDraft | None:
        type_name = _known_type(value)
        given = value.get("properties", {})
        if type_name is None or not isinstance(given, dict):
            return None
        place = (*path, "properties") if "properties" in value else path
        room = MAX_PROBLEMS_SOUGHT - len(self.faults)
        self.faults.extend(repetition.shape_problems(value, path))
        exists = "existing" in value
        lookup = existing.shape_problems(type_name, value, path)
        problems = list(lookup) if exists and path not in self.faulty else []
        if not problems:
            found = conformance.property_problems(type_name, given, place, existing=exists)
            problems = list(islice(found, room))
        self.faults.extend(problems)
        if problems or path in self.faulty:
            return None
        if exists:
            return _existing(type_name, value, path, place)
        read: Read | None
        if type_name in of_others:
            read = of_others[type_name](value, path)
        else:
            read = read_properties(given, conformance.inlined_schema(type_name), place)
        return self._managed(type_name, value, path, place, read) if read else None

    def _managed(
        self,
        type_name: str,
        value: Json,
        path: Path,
        place: Path,
        read: Read,
    ) -> ComponentDraft:
        given = value.get("properties", {})
        properties, uses = read
        terms = TermsReader(self.text("cloud") or "", value, path)
        if type_name == RAW:
            properties = MappingProxyType({**properties, "arguments": terms.raw_arguments()})
        overrides, lifecycle = terms.overrides(), terms.lifecycle()
        labels, label_uses = read_tags(value.get("tags", {}), (*path, "tags"))
        repeat, repeat_uses = repetition.read(value, path)
        self.faults.extend(terms.faults)
        for check in component_types.get(type_name).checks:
            for finding in check(properties):
                # Apart from each other: warnings must not use up the room for errors.
                found = self.faults if finding.severity == "error" else self.warnings
                found.append(replace(finding, path=(*place, *written(given, finding.path))))
        component = Component(
            id=value["id"],
            type=type_name,
            name=value.get("name", value["id"]),
            properties=properties,
            tags=labels,
            overrides=overrides,
            lifecycle=lifecycle,
            repeat=repeat,
            comment=value.get("comment", ""),
            provider=value.get("provider", ""),
            moved_from=tuple(value.get("moved_from", ())),
        )
        return ComponentDraft(component, path, (*uses, *label_uses, *repeat_uses, *terms.uses))

    def relations(self) -> Iterator[tuple[Path, Relation]]:
        relations = self.document.get("relations", [])
        for index, value in enumerate(relations if isinstance(relations, list) else ()):
            path = ("relations", index)
            if path not in self.faulty:
                yield (
                    path,
                    Relation(
                        source=value["from"],
                        target=value["to"],
                        type=value["type"],
                        description=value.get("description", ""),
                        ports=tuple(value.get("ports", ())),
                    ),
                )

    def outputs(self) -> Iterator[tuple[Path, str, Any]]:
        for path, name, value in self._members("outputs"):
            yield path, name, expression(value)

    def _members(self, section: str) -> Iterator[tuple[Path, str, Json]]:
        members = self.document.get(section, {})
        for name, value in (members if isinstance(members, dict) else {}).items():
            path = (section, name)
            if path not in self.faulty:
                yield path, name, value

    def names(self, section: str) -> frozenset[str]:
        """Return the names of all members, of those with faults too."""
        members = self.document.get(section, {})
        return frozenset(members if isinstance(members, dict) else ())

    def _raw_components(self) -> Iterator[tuple[Path, Json]]:
        components = self.document.get("components")
        for index, value in enumerate(components if isinstance(components, list) else ()):
            if isinstance(value, dict):
                yield ("components", index), value


def _existing(type_name: str, value: Json, path: Path, place: Path) -> ComponentDraft:
    given = value.get("properties", {})
    properties, uses = read_properties(given, conformance.inlined_schema(type_name), place)
    by, by_uses = read_properties(
        value["existing"], conformance.existing_schema(), (*path, "existing")
    )
    component = Component(
        id=value["id"],
        type=type_name,
        name=value.get("name", value["id"]),
        properties=properties,
        tags=MappingProxyType({}),
        existing=existing.read(by),
        provider=value.get("provider", ""),
    )
    return ComponentDraft(component, path, (*uses, *by_uses))


def read_tags(given: Json, path: Path) -> tuple[Mapping[str, Any], tuple[Use, ...]]:
    """Return typed tags, and the expressions in them."""
    return read_properties(given, conformance.tags_schema(), path)


def _known_type(value: Json) -> str | None:
    name = value.get("type")
    return name if isinstance(name, str) and name in component_types.names() else None
