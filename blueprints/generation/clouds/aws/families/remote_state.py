"""Outputs of other blueprints: data sources that read the states in which these are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents import backends
from blueprints.generation.clouds.aws.mapping import Context, TypeMapping, value
from blueprints.generation.ir import Address, Node, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Value


def remote_state(component: Component, context: Context) -> Iterator[Node]:
    """Read the state of a blueprint where its backend and the component say that it is."""
    backend = component.properties["backend"]
    workspace = component.properties.get("workspace")
    settings = {**backend.settings, **component.properties["settings"]}
    if backend.name == "remote":  # which has it among its settings
        settings["workspace"] = workspace or settings.get("workspace")
        workspace = None
    config = _config(backends.READ[backend.name].all, settings)
    said = {"backend": backend.name, "workspace": workspace, "config": config}
    arguments = {name: value(each, context) for name, each in said.items() if each is not None}
    comments = (component.comment,) if component.comment else ()
    yield Node(_address(component), arguments=arguments, comments=comments)


def _config(names: tuple[str, ...], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that find a state, as its backend takes them."""
    found = {name: settings[name] for name in sorted(names) if settings.get(name) is not None}
    workspace = found.pop("workspace", None)
    named = {"workspaces": {"name": workspace}} if workspace else {}
    return {**found, **named}


def _address(component: Component) -> Address:
    return Address("data", "terraform_remote_state", component.id)


def _attribute(component: Component, name: str) -> Value:
    return Reference(_address(component), ("outputs", name))


MAPPINGS = (
    TypeMapping("remote_state", "remote_states", remote_state, {}, any_attribute=_attribute),
)
