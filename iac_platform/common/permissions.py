"""The registry of permissions: what can be done to which resource, and how widely.

Apps declare their permissions at import time in their ``permissions`` module;
roles, the admin, the API and the documents are all read off this registry.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

# The ids of permissions are computed, so that they mean the same in every installation.
_NAMESPACE = uuid.UUID("6f1c9b1e-3b0c-5d55-9c57-0a7a0f7d2c11")


class Scope(StrEnum):
    """How far a permission reaches, from one's own objects to every tenant's."""

    OWN = "own"
    TEAM = "team"
    TENANT = "tenant"
    GLOBAL = "global"

    def covers(self, other: Scope) -> bool:
        """Whether a grant of this scope includes everything a grant of ``other`` allows."""
        return _WIDTHS[self] >= _WIDTHS[other]


_WIDTHS = {scope: width for width, scope in enumerate(Scope)}


class LimitKind(StrEnum):
    """What a grant can be limited to some of."""

    PROJECT = "project"
    ENVIRONMENT = "environment"


class RoleKey(StrEnum):
    """The system roles that are given permissions one by one; Admin and Operator have all."""

    ENTERPRISE_ARCHITECT = "enterprise-architect"
    SOLUTION_ARCHITECT = "solution-architect"
    TECHNICAL_ARCHITECT = "technical-architect"
    PROJECT_MANAGER = "project-manager"
    SYSTEM_ENGINEER = "system-engineer"
    CONSULTANT = "consultant"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one kind of resource, for instance ``blueprint.view``.

    Attributes:
        resource: the kind of thing.
        action: what is done to it.
        description: what people read.
        scopes: in which it can be held, narrowest first.
        limitable_by: what its objects lie in. A grant that is limited to some of something
            gives only permissions whose objects lie in it.
        unlimited_scope: what a limited grant gives nevertheless, where the objects lie
            outside of what it is limited to: one's own account, or what is the same for all.
        delegable: whether a holder may pass it on.
        four_eyes: it is never held on what one is the author of.
        step_up: whoever acts in a browser's session must have authenticated recently. For what
            outlives the session, or decides who gets in and what they may do.
        roles: the system roles that have it, and how far.
        open_to_support: the operator's staff may use it in a tenant, if their role has it. They
            may use what is for viewing; all else is withheld from them unless it says so.
    """

    resource: str
    action: str
    description: str
    scopes: tuple[Scope, ...] = (Scope.OWN, Scope.TENANT)
    limitable_by: tuple[LimitKind, ...] = ()
    unlimited_scope: Scope | None = None
    delegable: bool = False
    four_eyes: bool = False
    step_up: bool = False
    roles: Mapping[RoleKey, Scope] = field(default_factory=dict, hash=False)
    open_to_support: bool = False

    @property
    def name(self) -> str:
        """``resource.action``, the form used in logs, tokens and error texts."""
        return f"{self.resource}.{self.action}"

    def __str__(self) -> str:
        return self.name


class UnknownPermission(LookupError):
    """A permission was asked for by a name that no app declares."""


_registry: dict[str, Permission] = {}


def declare(  # noqa: PLR0913  # a permission's attributes, each by its name
    resource: str,
    action: str,
    description: str,
    *,
    scopes: tuple[Scope, ...] = (Scope.OWN, Scope.TENANT),
    limitable_by: tuple[LimitKind, ...] = (),
    unlimited_scope: Scope | None = None,
    delegable: bool = False,
    four_eyes: bool = False,
    step_up: bool = False,
    roles: Mapping[RoleKey, Scope] | None = None,
    open_to_support: bool = False,
) -> Permission:
    """Register a permission and return it, for use in the actions of a viewset.

    The arguments are the attributes of :class:`Permission`.

    Raises:
        ValueError: the same name is declared twice, or a role has it in a scope that it lacks.
    """
    permission = Permission(
        resource,
        action,
        description,
        scopes,
        limitable_by=limitable_by,
        unlimited_scope=unlimited_scope,
        delegable=delegable,
        four_eyes=four_eyes,
        step_up=step_up,
        roles=roles or {},
        open_to_support=open_to_support,
    )
    if not set(permission.roles.values()) <= set(scopes):
        raise ValueError(f"A role is given {permission.name} in a scope that it does not have.")
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


@dataclass(frozen=True, slots=True)
class ScopedPermission:
    """A permission in one scope: what a role is made of, and a row of the table ``permissions``."""

    name: str
    scope: Scope

    @property
    def id(self) -> UUID:
        """Its id (a UUID of version 5, RFC 9562 section 5.5, of its name and scope)."""
        return uuid.uuid5(_NAMESPACE, f"{self.name}:{self.scope}")


@cache
def catalogue() -> Mapping[UUID, ScopedPermission]:
    """Every permission in every scope that it can be held in, by id."""
    every = (
        ScopedPermission(permission.name, scope)
        for permission in declared()
        for scope in permission.scopes
    )
    return {scoped.id: scoped for scoped in every}
