"""The roles that every tenant has, and what they allow.

They are code rather than rows, so that a release that adds a permission changes
every tenant's roles at once, without a migration over all placements.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from iac_platform.common.permissions import Scope, declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SELF_SERVICE = {
    "user.view": Scope.OWN,
    "token.view": Scope.OWN,
    "token.create": Scope.OWN,
    "token.rotate": Scope.OWN,
    "token.delete": Scope.OWN,
}
_READ = {
    "project.view": Scope.TENANT,
    "blueprint.view": Scope.TENANT,
    "component_type.view": Scope.TENANT,
}
_DESIGN = {
    "blueprint.create": Scope.TENANT,
    "blueprint.update": Scope.TENANT,
    "blueprint.generate": Scope.TENANT,
}
_LEAD = {
    "project.create": Scope.TENANT,
    "project.update": Scope.TENANT,
    "blueprint.delete": Scope.TENANT,
}


# What the operator's staff may do in a tenant besides looking, if their role allows it. All
# that is not listed is withheld from them, new permissions too: people, roles, tokens,
# invitations and access itself are the tenant's own affair.
SUPPORT_MAY = ("admin_site.use", "project.*", "blueprint.*")


@dataclass(frozen=True, slots=True)
class SystemRole:
    """A role that the platform defines.

    Attributes:
        key: its stable identifier, kept in the database.
        name: what people read.
        description: who it is for.
        grants: scope by permission name; ``*`` stands for any resource or action.
        operator_only: exists in the operator's tenant alone.
    """

    key: str
    name: str
    description: str
    grants: Mapping[str, Scope]
    operator_only: bool = False


_ROLES = (
    SystemRole(
        "admin",
        "Admin",
        "Everything in the tenant: people, roles, projects and blueprints.",
        {"*": Scope.TENANT},
    ),
    SystemRole(
        "enterprise-architect",
        "Enterprise Architect",
        "Sets the direction: all projects and blueprints, and the audit log.",
        {
            **_SELF_SERVICE,
            **_READ,
            **_DESIGN,
            **_LEAD,
            "project.delete": Scope.TENANT,
            "user.view": Scope.TENANT,
            "role.view": Scope.TENANT,
            "role.delegate": Scope.OWN,
            "team.view": Scope.TENANT,
            "audit.view": Scope.TENANT,
            "usage.view": Scope.TENANT,
        },
    ),
    SystemRole(
        "solution-architect",
        "Solution Architect",
        "Leads solutions: projects and their blueprints.",
        {**_SELF_SERVICE, **_READ, **_DESIGN, **_LEAD},
    ),
    SystemRole(
        "technical-architect",
        "Technical Architect",
        "Designs blueprints in existing projects.",
        {**_SELF_SERVICE, **_READ, **_DESIGN, "blueprint.delete": Scope.OWN},
    ),
    SystemRole(
        "project-manager",
        "Project Manager",
        "Runs projects and sees who works in them.",
        {
            **_SELF_SERVICE,
            **_READ,
            "project.create": Scope.TENANT,
            "project.update": Scope.TENANT,
            "user.view": Scope.TENANT,
            "role.delegate": Scope.OWN,
            "team.view": Scope.TENANT,
            "usage.view": Scope.TENANT,
        },
    ),
    SystemRole(
        "system-engineer",
        "System Engineer",
        "Builds and changes blueprints and generates code from them.",
        {
            **_SELF_SERVICE,
            **_READ,
            **_DESIGN,
            "project.create": Scope.TENANT,
            "project.update": Scope.OWN,
            "blueprint.delete": Scope.OWN,
        },
    ),
    SystemRole(
        "consultant",
        "Consultant",
        "Reads everything and changes what is their own.",
        {
            **_SELF_SERVICE,
            **_READ,
            "blueprint.create": Scope.OWN,
            "blueprint.update": Scope.OWN,
            "blueprint.generate": Scope.TENANT,
        },
    ),
    SystemRole(
        "viewer",
        "Viewer",
        "Reads projects, blueprints and generated code.",
        {**_SELF_SERVICE, **_READ, "blueprint.generate": Scope.TENANT},
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
        scopes = [_granted(role, permission.name, permission.scopes) for role in roles]
        held = [scope for scope in scopes if scope is not None]
        if held:
            widest[permission.name] = max(held, key=list(Scope).index)
    return widest


def within_support(name: str) -> bool:
    """Whether the operator's staff may use a permission in a tenant, if their role allows it."""
    return name.endswith(".view") or any(fnmatchcase(name, pattern) for pattern in SUPPORT_MAY)


def grantable_to_support() -> tuple[str, ...]:
    """The keys of the roles that the operator's staff can be given in a tenant."""
    return tuple(role.key for role in _ROLES if not role.operator_only)


def _granted(role: SystemRole, name: str, possible: Iterable[Scope]) -> Scope | None:
    """The widest scope the role grants, among those the permission knows."""
    grants = [scope for pattern, scope in role.grants.items() if fnmatchcase(name, pattern)]
    if not grants:
        return None
    reach = max(grants, key=list(Scope).index)
    held = [scope for scope in possible if reach.covers(scope)]
    return max(held, key=list(Scope).index, default=None)
