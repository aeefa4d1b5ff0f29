"""Permissions on usage and limits."""

from iac_platform.common.permissions import Scope, declare

VIEW_USAGE = declare(
    "usage", "view", "See what the tenant uses of its quotas", scopes=(Scope.TENANT,)
)
OVERRIDE_QUOTAS = declare(
    "tenant", "override", "Override a tenant's limits", scopes=(Scope.GLOBAL,)
)
