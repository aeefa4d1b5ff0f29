"""Permissions on projects, blueprints and component types."""

from functools import partial

from iac_platform.common.permissions import LimitKind, Scope, declare

# What one creates is one's own, so creating has the narrowest scope too.
_in_projects = partial(
    declare,
    scopes=(Scope.OWN, Scope.TEAM, Scope.TENANT),
    limitable_by=(LimitKind.PROJECT,),
    delegable=True,
)

VIEW_PROJECT = _in_projects("project", "view", "See projects")
# A project that is about to be lies in none that a grant could be limited to.
CREATE_PROJECT = _in_projects("project", "create", "Create projects", limitable_by=())
UPDATE_PROJECT = _in_projects("project", "update", "Rename and describe projects")
DELETE_PROJECT = _in_projects("project", "delete", "Delete projects that are empty")

VIEW_BLUEPRINT = _in_projects("blueprint", "view", "See blueprints and their versions")
CREATE_BLUEPRINT = _in_projects("blueprint", "create", "Create blueprints")
UPDATE_BLUEPRINT = _in_projects(
    "blueprint", "update", "Create versions; rename, describe and tag blueprints"
)
DELETE_BLUEPRINT = _in_projects("blueprint", "delete", "Delete blueprints with all their versions")
GENERATE_BLUEPRINT = _in_projects("blueprint", "generate", "Generate code from blueprints")

VIEW_COMPONENT_TYPE = declare(
    "component_type",
    "view",
    "See the component types",
    scopes=(Scope.TENANT,),
    unlimited_scope=Scope.TENANT,
    delegable=True,
)
