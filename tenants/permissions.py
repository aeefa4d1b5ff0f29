"""Permissions on tenants; they reach every tenant, so only the operator's roles hold them."""

from iac_platform.common.permissions import Scope, declare

VIEW_TENANT = declare("tenant", "view", "See tenants", scopes=(Scope.GLOBAL,))
CREATE_TENANT = declare("tenant", "create", "Create tenants", scopes=(Scope.GLOBAL,))
UPDATE_TENANT = declare(
    "tenant", "update", "Rename, suspend and reactivate tenants", scopes=(Scope.GLOBAL,)
)
MOVE_TENANT = declare(
    "tenant", "move", "Move tenants to another tier or pool", scopes=(Scope.GLOBAL,)
)
DELETE_TENANT = declare(
    "tenant",
    "delete",
    "Delete tenants, and restore them in the grace period",
    scopes=(Scope.GLOBAL,),
    step_up=True,
)
VIEW_PLACEMENT = declare("placement", "view", "See placements", scopes=(Scope.GLOBAL,))
UPDATE_PLACEMENT = declare("placement", "update", "Retry failed placements", scopes=(Scope.GLOBAL,))
# A tenant's own admins have these for their tenant's domains, the operator for all.
_OWN_OR_ALL = (Scope.TENANT, Scope.GLOBAL)
VIEW_DOMAIN = declare("domain", "view", "See domains", scopes=_OWN_OR_ALL)
CREATE_DOMAIN = declare("domain", "create", "Add domains", scopes=_OWN_OR_ALL)
UPDATE_DOMAIN = declare("domain", "update", "Verify domains by DNS", scopes=_OWN_OR_ALL)
DELETE_DOMAIN = declare("domain", "delete", "Remove domains", scopes=_OWN_OR_ALL)
VOUCH_FOR_DOMAIN = declare(
    "domain", "vouch", "Verify domains without proof", scopes=(Scope.GLOBAL,)
)
VIEW_OPERATION = declare("operation", "view", "See operations on tenants", scopes=(Scope.GLOBAL,))
UPDATE_OPERATION = declare(
    "operation", "update", "Retry and cancel operations on tenants", scopes=(Scope.GLOBAL,)
)
VIEW_PLAN = declare(
    "service_plan", "view", "See service plans and their limits", scopes=(Scope.GLOBAL,)
)
MANAGE_PLAN = declare(
    "service_plan", "update", "Create, change and delete service plans", scopes=(Scope.GLOBAL,)
)
