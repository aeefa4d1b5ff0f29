"""Whose rights are equal: what the one rule decides by, as a digest.

It has to name all that ``rbac.policy`` reads of a user, and nothing that the user chooses.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from iac_platform.common.permissions import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from iac_platform.common.permissions import Permission
    from rbac.access.holdings import Access, Entitlement

# In these a right depends on who has it, or on their teams.
_PERSONAL = (Scope.OWN, Scope.TEAM)
_DIGEST_BYTES = 20


def fingerprint(user: Any, permissions: Iterable[Permission]) -> str:
    """Equal for users to whom ``rbac.policy`` answers alike about these permissions now.

    Who the user is, and of which teams, counts where any of these rights depends on it.
    """
    access: Access = user.access
    asked = sorted(permissions, key=lambda permission: permission.name)
    held = {each.name: tuple(access.current(each.name)) for each in asked}
    is_personal = any(each.four_eyes for each in asked) or any(
        way.scope in _PERSONAL for ways in held.values() for way in ways
    )
    facts = {
        "held": {name: sorted({_way(way) for way in ways}) for name, ways in held.items()},
        "user": _identity(user.pk, access) if is_personal else None,
    }
    return hashlib.blake2b(orjson.dumps(facts), digest_size=_DIGEST_BYTES).hexdigest()


def _identity(key: UUID, access: Access) -> list[Any]:
    return [str(key), _ids(access.team_ids), _ids(access.account_ids)]


def _way(way: Entitlement) -> str:
    """A scope within limits, as text: no limit is another thing than a limit to nothing."""
    chosen = (way.limits.projects, way.limits.environments)
    limits = [None if each is None else _ids(each) for each in chosen]
    return orjson.dumps([way.scope, limits]).decode()


def _ids(keys: Iterable[UUID]) -> list[str]:
    return sorted(map(str, keys))
