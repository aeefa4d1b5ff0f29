"""The catalogue of component types: every module here that defines ``TYPE`` adds one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from blueprints.catalog.problems import quoted, suggestion
from iac_platform.common.errors import DomainError, ErrorKind

from .base import Attribute, Check, ComponentType

__all__ = [
    "Attribute",
    "Check",
    "ComponentType",
    "UnknownComponentType",
    "all_types",
    "get",
    "names",
]


class UnknownComponentType(DomainError):
    """No component type has that name."""

    code = "unknown-component-type"
    title = "Component type not found"
    kind = ErrorKind.NOT_FOUND


@cache
def _registry() -> dict[str, ComponentType]:
    modules = (
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    )
    found = [module.TYPE for module in modules if hasattr(module, "TYPE")]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}


def all_types() -> tuple[ComponentType, ...]:
    """Return every component type, by name."""
    return tuple(_registry().values())


@cache
def names() -> tuple[str, ...]:
    """Return the name of every component type, sorted."""
    return tuple(_registry())


def get(name: str) -> ComponentType:
    """Return the component type of that name.

    Raises:
        UnknownComponentType: with the nearest names, when there are any.
    """
    try:
        return _registry()[name]
    except KeyError:
        raise UnknownComponentType(_unknown(name)) from None


def _unknown(name: str) -> str:
    return f"There is no component type {quoted(name)}. {suggestion(name, names())}"
