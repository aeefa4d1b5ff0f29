"""Permissions on projects, blueprints and component types."""

from iac_platform.common.permissions import Scope, declare

VIEW_PROJECT = declare("project", "view", "See projects")
# What one creates is one's own, so creating has the narrowest scope too.
CREATE_PROJECT = declare("project", "create", "Start projects")
UPDATE_PROJECT = declare("project", "update", "Rename and describe projects")
DELETE_PROJECT = declare("project", "delete", "Delete projects that are empty")

VIEW_BLUEPRINT = declare("blueprint", "view", "See blueprints and their versions")
CREATE_BLUEPRINT = declare("blueprint", "create", "Add blueprints to projects")
UPDATE_BLUEPRINT = declare("blueprint", "update", "Add versions; rename, describe and tag")
DELETE_BLUEPRINT = declare("blueprint", "delete", "Delete blueprints with all their versions")
GENERATE_BLUEPRINT = declare("blueprint", "generate", "Generate code from blueprints")

VIEW_COMPONENT_TYPE = declare(
    "component_type", "view", "See the component types", scopes=(Scope.TENANT,)
)
