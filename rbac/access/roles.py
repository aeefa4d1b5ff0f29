"""What roles allow, by themselves and by what they inherit."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from iac_platform.common.permissions import Scope, catalogue
from rbac.system_roles import BY_KEY, effective

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


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

    def own(self) -> Mapping[str, Scope]:
        """What it allows without what it inherits: scope by the permission's name."""
        if self.is_custom:
            return _listed(self.permission_ids)
        return effective(frozenset({self.key})) if self.key in BY_KEY else {}


@lru_cache(maxsize=1024)
def _listed(permission_ids: tuple[UUID, ...]) -> Mapping[str, Scope]:
    """Scope by the permission's name; kept, as a role is asked for by each that inherits it."""
    found = [each for each in map(catalogue().get, permission_ids) if each is not None]
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
