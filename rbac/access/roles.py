"""What roles allow, by themselves and by what they inherit."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from iac_platform.common.permissions import Scope, declared
from rbac.system_roles import BY_KEY, effective

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

# The ids of permissions are computed, so that they mean the same in every installation.
_NAMESPACE = uuid.UUID("6f1c9b1e-3b0c-5d55-9c57-0a7a0f7d2c11")


@dataclass(frozen=True, slots=True)
class ScopedPermission:
    """A permission in one scope: a row of the table ``permissions``."""

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


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A role as the database has it.

    Attributes:
        id: its row.
        key: its stable name; a system role's leads to what the platform lets it do.
        is_custom: whether the tenant made it, so that only its rows say what it allows.
        permission_ids: of a custom role; what this release does not know allows nothing.
        parents: the roles that a custom role inherits from.
    """

    id: UUID
    key: str
    is_custom: bool
    permission_ids: tuple[UUID, ...] = ()
    parents: tuple[UUID, ...] = ()

    def own(self) -> dict[str, Scope]:
        """What it allows without what it inherits: scope by the permission's name."""
        if not self.is_custom:
            return dict(effective(frozenset({self.key}))) if self.key in BY_KEY else {}
        found = [each for each in map(catalogue().get, self.permission_ids) if each is not None]
        # Of two scopes of one permission the wider counts.
        found.sort(key=lambda each: list(Scope).index(each.scope))
        return {each.name: each.scope for each in found}


@dataclass(frozen=True, slots=True)
class Allowance:
    """A permission that a role allows.

    Attributes:
        scope: how far.
        path: the keys of the roles that lead to it, from the role itself to the one that
            has it.
    """

    scope: Scope
    path: tuple[str, ...]


def allowances(
    role_id: UUID, roles: Mapping[UUID, RoleFacts], *, is_platform: bool
) -> dict[str, Allowance]:
    """The widest scope of each permission that a role allows, by name.

    Nearer roles come first, so of equal scopes the shortest path is told. A circle, which
    the services refuse, would end here as well.

    Args:
        role_id: which role.
        roles: all roles that it may inherit from, itself included.
        is_platform: whether this is the operator's tenant, where ``global`` means something.
    """
    widest: dict[str, Allowance] = {}
    seen = {role_id}
    queue = deque([(role_id, tuple[str, ...]())])
    while queue:
        current, path = queue.popleft()
        facts = roles.get(current)
        if facts is None:
            continue
        here = (*path, facts.key)
        for name, scope in facts.own().items():
            known = widest.get(name)
            beyond = scope is Scope.GLOBAL and not is_platform
            if not beyond and (known is None or not known.scope.covers(scope)):
                widest[name] = Allowance(scope, here)
        queue.extend((parent, here) for parent in facts.parents if parent not in seen)
        seen.update(facts.parents)
    return widest
