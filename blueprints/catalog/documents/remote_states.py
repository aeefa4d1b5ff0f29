"""Remote states: outputs of another blueprint, read of the state that its backend keeps.

A document carries of the version what it may know of it: where the state is, and which outputs of
what types there are. Terraform does not keep it to itself that an output is sensitive once another
state has read it, so what shows a secret is named, and not read.
https://developer.hashicorp.com/terraform/language/state/remote-state-data
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types import Attribute
from blueprints.catalog.problems import Path, Problem, quoted, suggestion

from . import attributes, backends, conformance
from .attributes import REMOTE_STATE
from .carried import carried
from .model import Backend
from .reading import Read, read_properties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Document

Json = Mapping[str, Any]

#: What a component that makes nothing cannot have.
_OF_MANAGED_ONLY = ("tags", "overrides", "lifecycle", "moved_from", "provider")


def published_outputs(document: Document) -> dict[str, Any]:
    """Return what another document may know of a valid one, as JSON values."""
    outputs = {name: _output(each) for name, each in attributes.of_outputs(document).items()}
    kept = document.backend
    return {"outputs": outputs, **({"backend": {kept.name: dict(kept.settings)}} if kept else {})}


def _output(output: Attribute) -> dict[str, Any]:
    published = {"type": output.type, "description": output.description}
    facts = {"secret": output.sensitive, "nullable": output.nullable}
    return {**published, **{name: True for name, holds in facts.items() if holds}}


@dataclass(slots=True)
class RemoteStateReader:
    """Reads the components of one document that take outputs of another blueprint.

    Attributes:
        carried: what the document carries, in members of the right shape.
        faults: what is wrong so far, in the document too.
    """

    carried: Json
    faults: list[Problem]

    def read(self, component: Json, path: Path) -> Read | None:
        """Return a component's properties, with its ``backend``, and the expressions in them.

        Args:
            component: of the right shape.
            path: where it stands.
        """
        place, published = (*path, "properties"), carried(component, self.carried)
        problems = list(_misplaced(component, path))
        if published is None:
            message = (
                "There is no such version of a blueprint, you may not see it, or it is not valid "
                "any more."
            )
            problems.append(Problem.error((*place, "blueprint"), message, "unknown-blueprint"))
        else:
            problems += _place_problems(published, component["properties"], place)
        self.faults += problems
        if problems or published is None:
            return None
        (backend,) = published["backend"]
        typed, uses = read_properties(component["properties"], _schema(backend), place)
        return MappingProxyType({**typed, **_typed(published)}), uses


def _misplaced(component: Json, path: Path) -> Iterator[Problem]:
    for member in _OF_MANAGED_ONLY:
        if component.get(member):
            message = f"It only reads outputs: it takes no {member}."
            yield Problem.error((*path, member), message)


def _place_problems(published: Json, given: Json, path: Path) -> Iterator[Problem]:
    """Yield why the state cannot be found."""
    if "backend" not in published:
        message = "That version does not say where its state is kept: give it a backend."
        yield Problem.error((*path, "version"), message, "missing-backend")
        return
    ((name, kept),) = published["backend"].items()
    known, settings = backends.READ[name], given.get("settings", {})
    for setting, value in settings.items():
        place = (*path, "settings", setting)
        if setting not in known.all:
            message = f"Backend {name} is not found by {quoted(setting)}. "
            hint = suggestion(setting, known.all)
            yield Problem.error(place, message + hint, "unknown-property")
        elif isinstance(value, str):
            yield from conformance.value_problems(backends.SETTINGS[name][setting], value, place)
    said = {*settings, *kept, *({"workspace"} & given.keys())}
    where = (*path, "settings") if "settings" in given else path
    for setting in known.needed:
        if setting not in said:
            message = f"Backend {name} leaves {quoted(setting)} open: say here which one to read."
            yield Problem.error(where, message, "missing-property")
    if "workspace" in given and not known.has_workspaces:
        message = f"Backend {name} has no workspaces."
        yield Problem.error((*path, "workspace"), message, "unknown-property")


@cache
def _schema(backend: str) -> Json:
    """Return the schema of the properties, in which a backend's settings are as it takes them."""
    schema = conformance.inlined_schema(REMOTE_STATE)
    settings = schema["properties"]["settings"]
    known = {
        name: {**rule, **backends.SETTINGS[backend].get(name, {})}
        for name, rule in settings["properties"].items()
    }
    own = {**settings, "properties": known}
    return {**schema, "properties": {**schema["properties"], "settings": own}}


def _typed(published: Json) -> Json:
    ((name, settings),) = published["backend"].items()
    outputs = {
        output: Attribute(
            output,
            said["type"],
            said.get("description", ""),
            sensitive=said.get("secret", False),
            nullable=said.get("nullable", False),
        )
        for output, said in published["outputs"].items()
    }
    return {"backend": Backend(name, MappingProxyType(settings)), "attributes": outputs}
