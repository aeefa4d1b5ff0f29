"""The registry of permissions: what can be done to which resource, and how widely.

Apps declare their permissions at import time in their ``permissions`` module;
roles, the admin, the API and the documents are all read off this registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """How far a permission reaches, from one's own objects to every tenant's."""

    OWN = "own"
    TENANT = "tenant"
    GLOBAL = "global"

    def covers(self, other: Scope) -> bool:
        """Whether a grant of this scope includes everything a grant of ``other`` allows."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one kind of resource, for instance ``blueprint.view``."""

    resource: str
    action: str
    description: str
    scopes: tuple[Scope, ...] = (Scope.OWN, Scope.TENANT)

    @property
    def name(self) -> str:
        """``resource.action``, the form used in logs, tokens and error texts."""
        return f"{self.resource}.{self.action}"

    def __str__(self) -> str:
        return self.name


class UnknownPermission(LookupError):
    """A permission was asked for by a name that no app declares."""


_registry: dict[str, Permission] = {}


def declare(
    resource: str,
    action: str,
    description: str,
    *,
    scopes: tuple[Scope, ...] = (Scope.OWN, Scope.TENANT),
) -> Permission:
    """Register a permission and return it, for use as ``verbs`` of a viewset.

    Raises:
        ValueError: the same name is declared twice.
    """
    permission = Permission(resource, action, description, scopes)
    if permission.name in _registry:
        raise ValueError(f"The permission {permission.name} is declared twice.")
    _registry[permission.name] = permission
    return permission


def declared() -> tuple[Permission, ...]:
    """All permissions, ordered by name."""
    return tuple(_registry[name] for name in sorted(_registry))


def get(name: str) -> Permission:
    """The permission called ``resource.action``.

    Raises:
        UnknownPermission: no app declares it.
    """
    try:
        return _registry[name]
    except KeyError:
        raise UnknownPermission(f"No permission is called {name!r}.") from None
