"""What the providers' resources take: arguments, nested blocks and what can only be read.

One file for each provider says which version it was read from. Documents that write a provider's
own arguments (``overrides``, the component type ``raw``) are checked against it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The providers that code for a cloud uses.
_PROVIDERS = {"aws": ("aws", "random"), "azure": ("azurerm",), "google": ("google",)}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a resource or of a nested block.

    Attributes:
        type: ``string``, ``number``, ``boolean``, ``list``, ``list(object)``, ``map`` or ``any``.
        required: whether a resource must have it.
        members: what the objects of a ``list(object)`` take, by name.
    """

    type: str
    required: bool
    members: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Body:
    """What a resource or a nested block takes.

    Attributes:
        arguments: by name.
        blocks: nested blocks, by type.
        computed: what can be read and not set, with its type.
        sensitive: arguments and computed attributes that the provider itself calls sensitive.
        repeatable: whether a block may stand several times.
        required: whether a block must stand at least once.
    """

    arguments: Mapping[str, Argument]
    blocks: Mapping[str, Body]
    computed: Mapping[str, str] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    repeatable: bool = False
    required: bool = False

    def written_only(self, argument: str) -> str:
        """Return the argument that takes a value of this one without keeping it; empty if none.

        The providers end its name in ``_wo`` and have a number of its version beside it.
        """
        name = argument if argument.endswith("_wo") else f"{argument}_wo"
        return name if {name, f"{name}_version"} <= self.arguments.keys() else ""


def resource_types(cloud: str) -> tuple[str, ...]:
    """Return the resource types that documents for a cloud can name, sorted."""
    return tuple(sorted(_definitions(cloud))) if cloud in _PROVIDERS else ()


def resource(cloud: str, resource_type: str) -> Body | None:
    """Return what a resource type takes, or None if it is not known."""
    known = cloud in _PROVIDERS and resource_type in _definitions(cloud)
    # Asked first: to keep what is not known would keep whatever texts documents have.
    return _resource(cloud, resource_type) if known else None


@cache
def _resource(cloud: str, resource_type: str) -> Body:
    return _body(_definitions(cloud)[resource_type])


@cache
def versions(cloud: str) -> Mapping[str, str]:
    """Return the versions of a cloud's providers that the schemas were read from, by source."""
    read = [_file(name) for name in _PROVIDERS.get(cloud, ())]
    return {data["source"]: data["version"] for data in read}


@cache
def _file(provider: str) -> Mapping[str, Any]:
    content = files(__package__).joinpath(f"{provider}.json").read_text("utf-8")
    data: Mapping[str, Any] = json.loads(content)
    return data


@cache
def _definitions(cloud: str) -> Mapping[str, Any]:
    providers = _PROVIDERS.get(cloud, ())
    return {name: body for p in providers for name, body in _file(p)["resources"].items()}


def _body(data: Mapping[str, Any]) -> Body:
    arguments = {name: _argument(*known) for name, known in data["attributes"].items()}
    # The schemas call a resource's own optional, and no provider lets it be set.
    is_resource = "nesting" not in data
    is_chosen = is_resource and "id" in arguments and not arguments["id"].required
    chosen = {"id": "string"} if is_chosen else {}
    return Body(
        arguments={name: known for name, known in arguments.items() if name not in chosen},
        blocks={name: _body(inner) for name, inner in data["blocks"].items()},
        computed=MappingProxyType({**data.get("computed", {}), **chosen}),
        sensitive=frozenset(data.get("sensitive", ())),
        repeatable=data.get("nesting") == "list",
        required=data.get("required", False),
    )


def _argument(kind: str, required: bool, members: Mapping[str, Any] | None = None) -> Argument:
    inner = {name: _argument(*known) for name, known in (members or {}).items()}
    return Argument(kind, required, inner)
