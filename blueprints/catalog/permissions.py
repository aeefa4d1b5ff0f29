"""Permissions on projects, blueprints and component types."""

from functools import partial

from iac_platform.common.permissions import LimitKind, RoleKey, Scope, declare

_ALL_ROLES = dict.fromkeys(RoleKey, Scope.TENANT)
_LEADS = dict.fromkeys((RoleKey.ENTERPRISE_ARCHITECT, RoleKey.SOLUTION_ARCHITECT), Scope.TENANT)
_DESIGNERS = {
    **_LEADS,
    RoleKey.TECHNICAL_ARCHITECT: Scope.TENANT,
    RoleKey.SYSTEM_ENGINEER: Scope.TENANT,
}
_MANAGERS = {**_LEADS, RoleKey.PROJECT_MANAGER: Scope.TENANT}
_AUTHORS = {**_DESIGNERS, RoleKey.CONSULTANT: Scope.OWN}
_GENERATORS = {
    **_DESIGNERS,
    RoleKey.CONSULTANT: Scope.TENANT,
    RoleKey.VIEWER: Scope.TENANT,
}

# What one creates is one's own, so creating has the narrowest scope too.
_in_projects = partial(
    declare,
    scopes=(Scope.OWN, Scope.TEAM, Scope.TENANT),
    limitable_by=(LimitKind.PROJECT,),
    delegable=True,
    open_to_support=True,
)

VIEW_PROJECT = _in_projects("project", "view", "See projects", roles=_ALL_ROLES)
# A project that is about to be lies in none that a grant could be limited to.
CREATE_PROJECT = _in_projects(
    "project",
    "create",
    "Create projects",
    limitable_by=(),
    roles={**_MANAGERS, RoleKey.SYSTEM_ENGINEER: Scope.TENANT},
)
UPDATE_PROJECT = _in_projects(
    "project",
    "update",
    "Rename and describe projects",
    roles={**_MANAGERS, RoleKey.SYSTEM_ENGINEER: Scope.OWN},
)
DELETE_PROJECT = _in_projects(
    "project",
    "delete",
    "Delete projects that are empty",
    roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT},
)

VIEW_BLUEPRINT = _in_projects(
    "blueprint", "view", "See blueprints and their versions", roles=_ALL_ROLES
)
CREATE_BLUEPRINT = _in_projects("blueprint", "create", "Create blueprints", roles=_AUTHORS)
UPDATE_BLUEPRINT = _in_projects(
    "blueprint", "update", "Create versions; rename, describe and tag blueprints", roles=_AUTHORS
)
DELETE_BLUEPRINT = _in_projects(
    "blueprint",
    "delete",
    "Delete blueprints with all their versions",
    roles={**_LEADS, RoleKey.TECHNICAL_ARCHITECT: Scope.OWN, RoleKey.SYSTEM_ENGINEER: Scope.OWN},
)
GENERATE_BLUEPRINT = _in_projects(
    "blueprint", "generate", "Generate code from blueprints", roles=_GENERATORS
)

VIEW_DEFAULT_TAGS = declare(
    "default_tags",
    "view",
    "See the tags that everything gets",
    scopes=(Scope.TENANT,),
    delegable=True,
    open_to_support=True,
    roles=_ALL_ROLES,
)
UPDATE_DEFAULT_TAGS = declare(
    "default_tags",
    "update",
    "Choose the tags that everything gets",
    scopes=(Scope.TENANT,),
    delegable=True,
    roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT},
)

VIEW_COMPONENT_TYPE = declare(
    "component_type",
    "view",
    "See the component types",
    scopes=(Scope.TENANT,),
    unlimited_scope=Scope.TENANT,
    delegable=True,
    roles=_ALL_ROLES,
)
