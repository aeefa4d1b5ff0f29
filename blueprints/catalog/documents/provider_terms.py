"""What a component says in its provider's terms: overrides, lifecycle, raw resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog import provider_schemas
from blueprints.catalog.component_types import resources
from blueprints.catalog.problems import Path, Problem, quoted, suggestion

from . import locked
from .arguments import ArgumentReader
from .attributes import RAW
from .model import Arguments, Lifecycle

if TYPE_CHECKING:
    from .reading import Use

Json = Mapping[str, Any]


class TermsReader:
    """Reads what a component says in its provider's terms.

    Attributes:
        faults: what is wrong with it.
        uses: the expressions in it.
    """

    def __init__(self, cloud: str, component: Json, path: Path) -> None:
        self._cloud = cloud
        self._component = component
        self._path = path
        self.faults: list[Problem] = []
        self.uses: list[Use] = []

    def overrides(self) -> Mapping[str, Arguments]:
        """Read the overrides of all clouds; return those of the document's cloud."""
        given: Mapping[str, Json] = self._component.get("overrides", {})
        read = {
            cloud: dict(self._overrides(cloud, members, (*self._path, "overrides", cloud)))
            for cloud, members in given.items()
        }
        return MappingProxyType(read.get(self._cloud, {}))

    def _overrides(self, cloud: str, members: Json, path: Path) -> Iterator[tuple[str, Arguments]]:
        known = self._resource_types(cloud)
        for name, content in members.items():
            place = (*path, name)
            body = provider_schemas.resource(cloud, name)
            if name in known and locked.closed_type(name):  # of some there is no schema to ask
                message = (
                    f"{name} says who may do what, or what reaches what: it takes no overrides. "
                    "Set the component's properties, or write a component of type raw."
                )
                self.faults.append(Problem.error(place, message, "locked-argument"))
            elif body is None or name not in known:
                self._unknown_resource(name, known, place)
            else:
                yield name, self._read(content, body, place, overridden=name)

    def lifecycle(self) -> Lifecycle:
        """Read how later plans treat the component."""
        given = self._component.get("lifecycle", {})
        found: dict[str, tuple[str, ...]] = {}
        known = self._resource_types(self._cloud)
        for index, text in enumerate(given.get("ignore_changes", ())):
            place = (*self._path, "lifecycle", "ignore_changes", index)
            name, _, argument = text.partition(".")
            body = provider_schemas.resource(self._cloud, name)
            if name in known and locked.closed_type(name):
                self._watched(argument, locked.reason_to_watch(name, argument, body), place)
            elif body is None or name not in known:
                self._unknown_resource(name, known, place)
            elif argument not in body.arguments and argument not in body.blocks:
                hint = suggestion(argument, (*body.arguments, *body.blocks))
                message = f"{name} has no argument {quoted(argument)}. {hint}"
                self.faults.append(Problem.error(place, message, "unknown-argument"))
            elif reason := locked.reason_to_watch(name, argument, body):
                self._watched(argument, reason, place)
            else:
                found[name] = (*found.get(name, ()), argument)
        prevents = given.get("prevent_destroy", False)
        return Lifecycle(prevents, MappingProxyType(found))

    def raw_arguments(self) -> Arguments:
        """Read the arguments of a component of type raw."""
        for member in ("tags", "overrides"):
            if self._component.get(member):
                message = f"A raw resource has no {member} beside its arguments: add them there."
                self.faults.append(Problem.error((*self._path, member), message))
        properties = self._component["properties"]
        name, place = properties["resource"], (*self._path, "properties")
        body = provider_schemas.resource(self._cloud, name)
        if body is None:
            known = provider_schemas.resource_types(self._cloud)
            self._unknown_resource(name, known, (*place, "resource"))
            return Arguments({})
        place = (*place, "arguments") if "arguments" in properties else place
        return self._read(properties.get("arguments", {}), body, place, overridden=None)

    def _resource_types(self, cloud: str) -> tuple[str, ...]:
        """Return what overrides may name: for clouds not mapped yet, all that there is."""
        if self._component["type"] == RAW:
            return (self._component["properties"]["resource"],)
        mapped = resources.of_type(cloud, self._component["type"])
        return provider_schemas.resource_types(cloud) if mapped is None else mapped

    def _read(
        self, content: Json, body: provider_schemas.Body, path: Path, *, overridden: str | None
    ) -> Arguments:
        reader = ArgumentReader(overridden)
        found = reader.read(content, body, path)
        self.faults += reader.faults
        self.uses += reader.uses
        return found

    def _watched(self, argument: str, reason: str | None, path: Path) -> None:
        message = f"{quoted(argument)} {reason}: a change of it must not go unnoticed."
        self.faults.append(Problem.error(path, message, "locked-argument"))

    def _unknown_resource(self, name: str, known: tuple[str, ...], path: Path) -> None:
        kind = self._component["type"]
        others = [each for each in known if each != name]  # it may be known and have no schema
        whose = self._cloud if kind == RAW else f"a component of type {kind}"
        hint = suggestion(name, others)
        message = f"{quoted(name)} is not among the resources known here of {whose}. {hint}"
        self.faults.append(Problem.error(path, message, "unknown-resource"))
