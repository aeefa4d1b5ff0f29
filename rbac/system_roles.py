"""The roles that every tenant has, and what they allow.

They are code rather than rows, so that a release that adds a permission changes
every tenant's roles at once, without a migration over all placements. Which of them have a
permission stands where it is declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from iac_platform.common.permissions import RoleKey, Scope, declared, get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.permissions import Permission


@dataclass(frozen=True, slots=True)
class SystemRole:
    """A role that the platform defines.

    Attributes:
        key: its stable identifier, kept in the database.
        name: what people read.
        description: who it is for.
        grants: scope by pattern of names, for a role that has whatever there is; None for one
            that has what permissions give it.
        operator_only: exists in the operator's tenant alone.
    """

    key: str
    name: str
    description: str
    grants: Mapping[str, Scope] | None = None
    operator_only: bool = False


_ROLES = (
    SystemRole(
        "admin",
        "Admin",
        "Everything in the tenant: people, roles, projects and blueprints.",
        {"*": Scope.TENANT},
    ),
    SystemRole(
        RoleKey.ENTERPRISE_ARCHITECT,
        "Enterprise Architect",
        "Sets the direction: all projects and blueprints, and the audit log.",
    ),
    SystemRole(
        RoleKey.SOLUTION_ARCHITECT,
        "Solution Architect",
        "Leads solutions: projects and their blueprints.",
    ),
    SystemRole(
        RoleKey.TECHNICAL_ARCHITECT,
        "Technical Architect",
        "Designs blueprints in existing projects.",
    ),
    SystemRole(
        RoleKey.PROJECT_MANAGER,
        "Project Manager",
        "Runs projects and sees who works in them.",
    ),
    SystemRole(
        RoleKey.SYSTEM_ENGINEER,
        "System Engineer",
        "Builds and changes blueprints and generates code from them.",
    ),
    SystemRole(
        RoleKey.CONSULTANT,
        "Consultant",
        "Reads everything and changes what is their own.",
    ),
    SystemRole(
        RoleKey.VIEWER,
        "Viewer",
        "Reads projects, blueprints and generated code.",
    ),
    SystemRole(
        "operator",
        "Operator",
        "The platform's own staff: tenants, placements and domains.",
        {"*": Scope.GLOBAL},
        operator_only=True,
    ),
)

BY_KEY: Mapping[str, SystemRole] = {role.key: role for role in _ROLES}


@cache
def effective(keys: frozenset[str]) -> Mapping[str, Scope]:
    """What the holder of these roles may do: the widest scope of each permission."""
    # A key that this release does not know allows nothing.
    roles = [BY_KEY[key] for key in keys if key in BY_KEY]
    widest: dict[str, Scope] = {}
    for permission in declared():
        scopes = [_granted(role, permission) for role in roles]
        held = [scope for scope in scopes if scope is not None]
        if held:
            widest[permission.name] = max(held, key=list(Scope).index)
    return widest


def within_support(name: str) -> bool:
    """Whether the operator's staff may use a permission in a tenant, if their role allows it."""
    return name.endswith(".view") or get(name).open_to_support


def grantable_to_support() -> tuple[str, ...]:
    """The keys of the roles that the operator's staff can be given in a tenant."""
    return tuple(role.key for role in _ROLES if not role.operator_only)


def _granted(role: SystemRole, permission: Permission) -> Scope | None:
    """The widest scope the role grants, among those the permission knows."""
    if role.grants is None:
        return next((scope for key, scope in permission.roles.items() if key == role.key), None)
    grants = [
        scope for pattern, scope in role.grants.items() if fnmatchcase(permission.name, pattern)
    ]
    reach = max(grants, key=list(Scope).index, default=None)
    held = [scope for scope in permission.scopes if reach is not None and reach.covers(scope)]
    return max(held, key=list(Scope).index, default=None)
