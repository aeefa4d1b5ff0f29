"""Permissions on the resources of this app."""

from iac_platform.common.permissions import RoleKey, Scope, declare

_TENANT_WIDE = (Scope.TENANT,)
# Everyone has these for what is their own.
_SELF_SERVICE = dict.fromkeys(RoleKey, Scope.OWN)
_DIRECTION = {RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT}
_STAFFING = {**_DIRECTION, RoleKey.PROJECT_MANAGER: Scope.TENANT}

USE_ADMIN = declare(
    "admin_site", "use", "Sign in to the admin", scopes=_TENANT_WIDE, open_to_support=True
)

VIEW_USER = declare(
    "user",
    "view",
    "See users; everyone sees themselves",
    unlimited_scope=Scope.OWN,
    delegable=True,
    roles={**_SELF_SERVICE, **_STAFFING},
)
CREATE_USER = declare("user", "create", "Add users", scopes=_TENANT_WIDE, step_up=True)
UPDATE_USER = declare(
    "user", "update", "Change and deactivate users", scopes=_TENANT_WIDE, step_up=True
)

VIEW_ROLE = declare(
    "role", "view", "See roles and who holds them", scopes=_TENANT_WIDE, roles=_DIRECTION
)
CREATE_ROLE = declare("role", "create", "Create custom roles", scopes=_TENANT_WIDE, step_up=True)
UPDATE_ROLE = declare("role", "update", "Change custom roles", scopes=_TENANT_WIDE, step_up=True)
DELETE_ROLE = declare("role", "delete", "Delete custom roles", scopes=_TENANT_WIDE)
GRANT_ROLE = declare("role", "grant", "Grant and revoke roles", scopes=_TENANT_WIDE, step_up=True)
DELEGATE_ROLE = declare(
    "role",
    "delegate",
    "Delegate own roles for a while, and revoke that",
    step_up=True,
    roles=dict.fromkeys(_STAFFING, Scope.OWN),
)

VIEW_TEAM = declare(
    "team", "view", "See teams and their members", scopes=_TENANT_WIDE, roles=_STAFFING
)
CREATE_TEAM = declare("team", "create", "Create teams", scopes=_TENANT_WIDE)
UPDATE_TEAM = declare(
    "team", "update", "Change teams and their members", scopes=_TENANT_WIDE, step_up=True
)
DELETE_TEAM = declare("team", "delete", "Delete teams", scopes=_TENANT_WIDE)

VIEW_TOKEN = declare(
    "token",
    "view",
    "See API tokens, never their secrets",
    unlimited_scope=Scope.OWN,
    delegable=True,
    roles=_SELF_SERVICE,
)
CREATE_TOKEN = declare(
    "token",
    "create",
    "Create one's own API tokens",
    scopes=(Scope.OWN,),
    unlimited_scope=Scope.OWN,
    delegable=True,
    step_up=True,
    roles=_SELF_SERVICE,
)
ROTATE_TOKEN = declare(
    "token",
    "rotate",
    "Rotate API tokens: one's own, and service accounts'",
    unlimited_scope=Scope.OWN,
    delegable=True,
    step_up=True,
    roles=_SELF_SERVICE,
)
DELETE_TOKEN = declare(
    "token",
    "delete",
    "Revoke API tokens",
    unlimited_scope=Scope.OWN,
    delegable=True,
    roles=_SELF_SERVICE,
)

VIEW_SERVICE_ACCOUNT = declare(
    "service_account", "view", "See service accounts and their tokens", scopes=_TENANT_WIDE
)
CREATE_SERVICE_ACCOUNT = declare(
    "service_account", "create", "Create service accounts", scopes=_TENANT_WIDE
)
UPDATE_SERVICE_ACCOUNT = declare(
    "service_account",
    "update",
    "Change and deactivate service accounts",
    scopes=_TENANT_WIDE,
    step_up=True,
)
MINT_SERVICE_TOKEN = declare(
    "service_account",
    "token",
    "Create API tokens for service accounts",
    scopes=_TENANT_WIDE,
    step_up=True,
)

VIEW_SUPPORT_ACCESS = declare(
    "support_access", "view", "See the operator's support access", scopes=_TENANT_WIDE
)
CREATE_SUPPORT_ACCESS = declare(
    "support_access",
    "create",
    "Get support access to a tenant",
    scopes=(Scope.GLOBAL,),
    step_up=True,
)
DELETE_SUPPORT_ACCESS = declare(
    "support_access", "delete", "Revoke the operator's support access", scopes=_TENANT_WIDE
)

VIEW_AUDIT = declare("audit", "view", "Read the audit log", scopes=_TENANT_WIDE, roles=_DIRECTION)
EXPORT_AUDIT = declare("audit", "export", "Export the audit log", scopes=_TENANT_WIDE)

EXPLAIN_ACCESS = declare("access", "explain", "Explain other users' access", scopes=_TENANT_WIDE)
REVIEW_ACCESS = declare("access", "review", "Export the access review", scopes=_TENANT_WIDE)
