"""Permissions on usage and limits."""

from iac_platform.common.permissions import RoleKey, Scope, declare

VIEW_USAGE = declare(
    "usage",
    "view",
    "See what the tenant uses of its quotas",
    scopes=(Scope.TENANT,),
    roles=dict.fromkeys((RoleKey.ENTERPRISE_ARCHITECT, RoleKey.PROJECT_MANAGER), Scope.TENANT),
)
OVERRIDE_QUOTAS = declare(
    "tenant", "override", "Override a tenant's limits", scopes=(Scope.GLOBAL,)
)
