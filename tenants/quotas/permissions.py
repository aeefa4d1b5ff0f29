"""Permissions on usage and limits."""

from iac_platform.common.permissions import Scope, declare

VIEW_USAGE = declare(
    "usage", "view", "See what the tenant uses of its quotas", scopes=(Scope.TENANT,)
)
OVERRIDE_QUOTAS = declare(
    "tenant", "override", "Give a tenant limits of its own", scopes=(Scope.GLOBAL,)
)
